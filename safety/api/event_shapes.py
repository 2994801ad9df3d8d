"""What adverse events look like in requests and answers of programs."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from safety.models import AdverseEvent, GradeEntry
from safety.rules.states import ActionTaken, Outcome, Relationship, SeriousnessCriterion

_MOMENT = "Site-local: YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDTHH:MM, as far as it is known."


class _Code(serializers.ChoiceField):
    """A code of a closed list, handed on as the list's own value."""

    def __init__(self, kind: Any, **options: Any) -> None:
        self._kind = kind
        super().__init__(choices=[member.value for member in kind], **options)

    def to_internal_value(self, data: Any) -> Any:
        return self._kind(super().to_internal_value(data))


class _Criteria(serializers.ListField):
    child = _Code(SeriousnessCriterion)

    def to_internal_value(self, data: Any) -> Any:
        return tuple(super().to_internal_value(data))


class GradeSerializer(serializers.ModelSerializer[GradeEntry]):
    recorded_by = serializers.CharField(source="recorded_by.printed_name")

    class Meta:
        model = GradeEntry
        fields = ["grade", "graded_on", "recorded_at", "recorded_by"]


class EventSerializer(serializers.ModelSerializer[AdverseEvent]):
    """``id`` names the event here, ``number`` within its subject. A voided event keeps everything it said."""

    subject = serializers.CharField(source="subject.code")
    grades = GradeSerializer(many=True)
    visit = serializers.CharField(source="visit.code", default=None)
    infusion = serializers.IntegerField(source="infusion.number", default=None)
    recorded_by = serializers.CharField(source="recorded_by.printed_name")
    voided = serializers.SerializerMethodField()

    class Meta:
        model = AdverseEvent
        fields = [
            "id",
            "subject",
            "number",
            "reported_term",
            "ctcae_term",
            "onset",
            "ended",
            "grades",
            "serious",
            "seriousness_criteria",
            "relationship",
            "special_interest",
            "infusion_reaction",
            "stopped_infusion",
            "baseline_present",
            "baseline_grade",
            "outcome",
            "action_taken",
            "aware_at",
            "narrative",
            "visit",
            "infusion",
            "recorded_at",
            "recorded_by",
            "voided",
            "voided_at",
            "void_reason",
        ]

    def get_voided(self, event: AdverseEvent) -> bool:
        return event.voided_at is not None


class ChangesInput(serializers.Serializer[Any]):
    """Fields that an amendment may change. Absent: unchanged."""

    reported_term = serializers.CharField(max_length=200, required=False)
    ctcae_term = serializers.CharField(max_length=200, required=False, allow_blank=True)
    onset = serializers.CharField(max_length=16, required=False, help_text=_MOMENT)
    ended = serializers.CharField(max_length=16, required=False, allow_blank=True, help_text=_MOMENT)
    aware_at = serializers.DateTimeField(required=False)
    serious = serializers.BooleanField(required=False)
    seriousness_criteria = _Criteria(required=False)
    relationship = _Code(Relationship, required=False)
    special_interest = serializers.BooleanField(required=False, allow_null=True)
    infusion_reaction = serializers.BooleanField(required=False)
    stopped_infusion = serializers.BooleanField(required=False)
    baseline_present = serializers.BooleanField(required=False)
    baseline_grade = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=4)
    outcome = _Code(Outcome, required=False)
    action_taken = _Code(ActionTaken, required=False)
    narrative = serializers.CharField(max_length=20000, required=False, allow_blank=True)
    died_at = serializers.DateTimeField(required=False, allow_null=True)


class RecordInput(ChangesInput):
    """A new event. What is left out is not known: no grade, causality not assessed, outcome unknown."""

    subject = serializers.CharField(max_length=24)
    reported_term = serializers.CharField(max_length=200)
    onset = serializers.CharField(max_length=16, help_text=_MOMENT)
    aware_at = serializers.DateTimeField()
    grade = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=5)
    graded_on = serializers.DateField(required=False, allow_null=True)
    visit_code = serializers.CharField(max_length=12, required=False, allow_blank=True)
    infusion_number = serializers.IntegerField(required=False, allow_null=True, min_value=1)


class AmendInput(serializers.Serializer[Any]):
    changes = ChangesInput()
    reason = serializers.CharField(max_length=2000)


class RegradeInput(serializers.Serializer[Any]):
    grade = serializers.IntegerField(min_value=1, max_value=5)
    graded_on = serializers.DateField()
    reason = serializers.CharField(max_length=2000)


class VoidInput(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000)


class TermSerializer(serializers.Serializer[Any]):
    term = serializers.CharField()
    soc = serializers.CharField()
    grades = serializers.ListField(child=serializers.IntegerField())


class TermsAnswer(serializers.Serializer[Any]):
    version = serializers.CharField()
    count = serializers.IntegerField()
    results = TermSerializer(many=True)
