"""What happens around an infusion, as programs are told of it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from dosing.models import AlertAnswer, Interruption, Premedication, VitalSigns
from dosing.selectors.series import FIELDS


class RunningTimeShape(serializers.Serializer[Any]):
    """Seconds, up to now or to the end; ``running_s`` without the pauses."""

    since_start_s = serializers.SerializerMethodField()
    paused_s = serializers.SerializerMethodField()
    running_s = serializers.SerializerMethodField()

    def get_since_start_s(self, found: Any) -> int:
        return int(found.since_start.total_seconds())

    def get_paused_s(self, found: Any) -> int:
        return int(found.paused.total_seconds())

    def get_running_s(self, found: Any) -> int:
        return int(found.running.total_seconds())


class InterruptionShape(serializers.ModelSerializer[Interruption]):
    paused_by = serializers.CharField(source="paused_by.username")
    resumed_by = serializers.CharField(source="resumed_by.username", default=None)

    class Meta:
        model = Interruption
        fields = ["paused_at", "paused_by", "reason", "note", "resumed_at", "resumed_by"]


class PremedicationShape(serializers.ModelSerializer[Premedication]):
    given_by = serializers.CharField(source="given_by.username")

    class Meta:
        model = Premedication
        fields = ["id", "drug", "dose", "unit", "route", "given_at", "given_by", "voided_at", "voided_reason"]


class ExposureShape(serializers.Serializer[Any]):
    """What is over so far, in million viable cells per kg; ``relative_dose_intensity``: given over planned."""

    infusions = serializers.IntegerField()
    given_million_per_kg = serializers.DecimalField(max_digits=None, decimal_places=None)
    planned_million_per_kg = serializers.DecimalField(max_digits=None, decimal_places=None)
    relative_dose_intensity = serializers.DecimalField(max_digits=None, decimal_places=None, allow_null=True)


class AnswerShape(serializers.ModelSerializer[AlertAnswer]):
    answered_by = serializers.CharField(source="answered_by.username")

    class Meta:
        model = AlertAnswer
        fields = ["action", "note", "answered_at", "answered_by"]


class VitalSignsShape(serializers.ModelSerializer[VitalSigns]):
    """An entry. ``replaces``: the id of the one that it corrects."""

    observer = serializers.CharField(source="observer.username")
    answer = AnswerShape(default=None)

    class Meta:
        model = VitalSigns
        fields = [
            "id",
            "point",
            "taken_at",
            "not_done_reason",
            *FIELDS,
            "symptoms",
            "comment",
            "alerts",
            "answer",
            "observer",
            "recorded_at",
            "replaces",
            "replaced_reason",
        ]


class SeriesLineShape(serializers.Serializer[Any]):
    """A time point of the series with the entry in force. ``on_time``: inside its tolerance, or not taken."""

    point = serializers.CharField(source="point.code")
    due_at = serializers.DateTimeField(source="point.due_at", allow_null=True)
    opens_at = serializers.DateTimeField(source="point.opens_at", allow_null=True)
    closes_at = serializers.DateTimeField(source="point.closes_at", allow_null=True)
    status = serializers.CharField()
    on_time = serializers.BooleanField(source="is_on_time")
    entry = VitalSignsShape(allow_null=True)


class SeriesShape(serializers.Serializer[Any]):
    """``next_due``: the point that is due, else the next that will be. ``unanswered``: ids of entries with an alert."""

    lines = SeriesLineShape(many=True)
    next_due = SeriesLineShape(allow_null=True)
    unanswered = serializers.SerializerMethodField()

    def get_unanswered(self, series: Any) -> list[int]:
        return [entry.pk for entry in series.unanswered]
