"""What stands beside a verdict, for programs: how facts were worked out, what is asked, until when results hold."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from enrollment.rules.decline_shown import declines
from enrollment.rules.notices import NoticeKind
from enrollment.rules.standing import Expiring, validities
from enrollment.selectors.eligibility import Assessment
from trial.documents.rendering import plain_mapping


class NoticeShape(serializers.Serializer[Any]):
    """``confirm``: the value under the same ``key`` of ``confirmed`` in the facts that makes a value left out count."""

    notice = serializers.ChoiceField(choices=[kind.value for kind in NoticeKind])
    key = serializers.CharField()
    reason = serializers.DictField()
    confirm = serializers.CharField(allow_blank=True)


class DeclineShape(serializers.Serializer[Any]):
    name = serializers.CharField()
    relative_percent = serializers.CharField(allow_null=True)
    absolute_points = serializers.CharField(allow_null=True)
    in_force = serializers.CharField()


class ValidityShape(serializers.Serializer[Any]):
    """``valid_until``: the last day on which the result counts."""

    result = serializers.ChoiceField(choices=[each.value for each in Expiring])
    taken_on = serializers.DateField()
    valid_until = serializers.DateField()


class BesideShape(serializers.Serializer[Any]):
    """``stands_until``: the last day for a first infusion on these results, null if none expires that counts."""

    treatment = serializers.ListField(child=serializers.DictField())
    notices = NoticeShape(many=True)
    declines = DeclineShape(many=True)
    validities = ValidityShape(many=True)
    stands_until = serializers.DateField(allow_null=True)


def beside(assessment: Assessment) -> dict[str, Any]:
    """As the page shows it, with codes instead of words."""
    treatment = assessment.contract.treatment
    return plain_mapping(
        {
            "treatment": () if treatment is None else treatment.steps,
            "notices": [
                {"notice": each.kind, "key": each.key, "reason": each.reason, "confirm": each.confirm}
                for each in assessment.notices
            ],
            "declines": [
                {
                    "name": each.name,
                    "relative_percent": each.relative_percent,
                    "absolute_points": each.absolute_points,
                    "in_force": each.in_force,
                }
                for each in declines(assessment.facts, parameters=assessment.parameters)
            ],
            "validities": [
                {"result": each.what, "taken_on": each.taken_on, "valid_until": each.valid_until}
                for each in validities(assessment.facts, parameters=assessment.parameters)
            ],
            "stands_until": assessment.stands_until,
        }
    )
