"""What gates and reviews look like in requests and answers of programs."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from safety.api.signing import SignedRationaleInput
from safety.rules.cohort_state import CohortState
from safety.rules.outcome import Verdict
from safety.rules.states import GateDecision
from safety.rules.voting import GRAVITY
from safety.selectors.drift import open_reviews
from safety.selectors.gate import assess
from trial.documents.rendering import plain_mapping
from trial.models import Cohort

_VERDICTS = [verdict.value for verdict in Verdict]
_STATES = [state.value for state in CohortState]


class ReasonSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # a reason has a source, and a field has one too


class CountingEvent(serializers.Serializer[Any]):
    id = serializers.CharField()
    why = serializers.CharField()


class OtherEvent(serializers.Serializer[Any]):
    id = serializers.CharField()
    why_not = serializers.CharField()


class WeighedSubjectSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    window_opens_at = serializers.DateTimeField(allow_null=True)
    window_closes_at = serializers.DateTimeField(allow_null=True)
    evaluable = serializers.BooleanField()
    why = serializers.CharField()


class UpperLimitsSerializer(serializers.Serializer[Any]):
    events = serializers.IntegerField()
    subjects = serializers.IntegerField()
    level = serializers.IntegerField()
    one_sided = serializers.CharField(allow_null=True)
    two_sided = serializers.CharField(allow_null=True)


class GateAnswer(serializers.Serializer[Any]):
    """The gate of a cohort, in the shape of ``explain gate``; times on the site's clock, decimals as strings."""

    result = serializers.ChoiceField(choices=_VERDICTS)
    reasons = ReasonSerializer(many=True)
    qualifying_events = CountingEvent(many=True)
    other_events = OtherEvent(many=True)
    subjects = WeighedSubjectSerializer(many=True)
    earliest_review_at = serializers.DateTimeField(allow_null=True)
    next_cohort_open = serializers.BooleanField()
    next_cohort_reasons = ReasonSerializer(many=True)
    state = serializers.ChoiceField(choices=_STATES)
    signatures_missing = serializers.ListField(child=serializers.CharField())
    under = serializers.DictField(child=serializers.ChoiceField(choices=_VERDICTS))
    upper_confidence_limit_percent = UpperLimitsSerializer()


class GateLine(serializers.Serializer[Cohort]):
    """One gate of the list; ``open_review`` is the id of the review that collects votes."""

    cohort = serializers.IntegerField()
    state = serializers.ChoiceField(choices=_STATES)
    result = serializers.ChoiceField(choices=_VERDICTS)
    earliest_review_at = serializers.DateTimeField(allow_null=True)
    next_cohort_open = serializers.BooleanField()
    open_review = serializers.IntegerField(allow_null=True)

    def to_representation(self, instance: Cohort) -> dict[str, Any]:
        assessment = assess(instance, at=self.context["at"])
        result = assessment.result
        line = {
            "cohort": instance.number,
            "state": result.state,
            "result": result.result,
            "earliest_review_at": result.earliest_review_at,
            "next_cohort_open": result.next_cohort_open,
            "open_review": next((review.pk for review in open_reviews(assessment)), None),
        }
        return plain_mapping(line, timezone=assessment.timezone)


class VoteSerializer(serializers.Serializer[Any]):
    role = serializers.CharField()
    vote = serializers.CharField()
    rationale = serializers.CharField()
    voted_at = serializers.DateTimeField()
    printed_name = serializers.CharField()
    signature_sha256 = serializers.CharField()
    valid = serializers.BooleanField()


class ReviewAnswer(serializers.Serializer[Any]):
    """``votes``: one's own while the review is open, all of them once it is decided."""

    id = serializers.IntegerField()
    cohort = serializers.IntegerField()
    number = serializers.IntegerField()
    convened_at = serializers.DateTimeField()
    convened_by = serializers.CharField()
    dossier_sha256 = serializers.CharField()
    decision = serializers.ChoiceField(choices=[decision.value for decision in GateDecision], allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    superseded_at = serializers.DateTimeField(allow_null=True)
    has_voted = serializers.ListField(child=serializers.CharField())
    signatures_missing = serializers.ListField(child=serializers.CharField())
    votes = VoteSerializer(many=True)


class VoteInput(SignedRationaleInput):
    decision = serializers.ChoiceField(choices=[decision.value for decision in GRAVITY])
