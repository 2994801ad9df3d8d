"""The shapes of quarantines, temperatures, follow-ups and accountability over the API. No rule stands here."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from dosing.forms.custody import LONGEST_NOTE, LONGEST_PLACE
from dosing.models import Quarantine, RecipientFollowUp, TemperatureExcursion, TemperatureLog
from dosing.rules.states import ExcursionDecision, UnitState
from dosing.rules.temperatures import MOST_BYTES
from dosing.services.quarantines import shown_content
from dosing.services.temperatures import ExcursionReport, LoggerUpload
from enrollment.api.shapes import SiteTimeField
from trial.api.signing import SignatureInput
from trial.rules.site_time import from_wall_clock
from trial.services.signatures import content_hash

_DECISIONS = [each.value for each in ExcursionDecision if each.value]


class QuarantineShape(serializers.ModelSerializer[Quarantine]):
    """``decision`` is empty until quality assurance has signed; ``content_hash`` is what is signed then."""

    unit = serializers.IntegerField(source="unit_id")
    unit_label = serializers.CharField(source="unit.__str__")
    began_by = serializers.CharField(source="began_by.printed_name")
    decided_by = serializers.CharField(source="decision_signature.printed_name", default=None)
    content_hash = serializers.SerializerMethodField()

    class Meta:
        model = Quarantine
        fields = [
            "id",
            "unit",
            "unit_label",
            "excursion",
            "reason",
            "state_before",
            "began_at",
            "began_by",
            "decision",
            "rationale",
            "decided_at",
            "decided_by",
            "content_hash",
        ]

    def get_content_hash(self, quarantine: Quarantine) -> str:
        return content_hash(shown_content(quarantine))


class DecideInput(serializers.Serializer[Any]):
    decision = serializers.ChoiceField(choices=_DECISIONS)
    rationale = serializers.CharField(max_length=LONGEST_NOTE)
    signature = SignatureInput()


class LogShape(serializers.ModelSerializer[TemperatureLog]):
    imported_by = serializers.CharField(source="imported_by.printed_name")

    class Meta:
        model = TemperatureLog
        fields = [
            "id",
            "place",
            "limit_code",
            "file_name",
            "sha256",
            "readings",
            "first_at",
            "last_at",
            "lowest_celsius",
            "highest_celsius",
            "imported_at",
            "imported_by",
        ]


class ImportInput(serializers.Serializer[Any]):
    """``csv``: the file as text, with the heading time,celsius. ``check_only``: tell what an import would write."""

    place = serializers.CharField(max_length=LONGEST_PLACE)
    limit_code = serializers.CharField(max_length=32)
    file_name = serializers.CharField(max_length=120, required=False, allow_blank=True, default="log.csv")
    csv = serializers.CharField(max_length=MOST_BYTES, trim_whitespace=False)
    check_only = serializers.BooleanField(default=False)

    @staticmethod
    def upload(values: Mapping[str, Any]) -> LoggerUpload:
        return LoggerUpload(
            place=values["place"],
            limit_code=values["limit_code"],
            file_name=values["file_name"],
            content=values["csv"].encode(),
        )


class RowProblemShape(serializers.Serializer[Any]):
    """``line`` counts from 1, the heading included; 0 is the file as a whole."""

    line = serializers.IntegerField()
    message = serializers.CharField()


class FoundExcursionShape(serializers.Serializer[Any]):
    began_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    worst = serializers.DecimalField(max_digits=6, decimal_places=2)
    readings = serializers.IntegerField()


class PreviewShape(serializers.Serializer[Any]):
    """What an import would write, and every reason why it would write nothing."""

    readings = serializers.IntegerField()
    problems = RowProblemShape(many=True)
    excursions = FoundExcursionShape(many=True)
    reasons = serializers.ListField(child=serializers.DictField())


class ExcursionShape(serializers.ModelSerializer[TemperatureExcursion]):
    recorded_by = serializers.CharField(source="recorded_by.printed_name")

    class Meta:
        model = TemperatureExcursion
        fields = [
            "id",
            "log",
            "place",
            "limit_code",
            "began_at",
            "ended_at",
            "worst_celsius",
            "note",
            "recorded_at",
            "recorded_by",
        ]


class ExcursionInput(serializers.Serializer[Any]):
    """``ended_at`` left out: it goes on."""

    place = serializers.CharField(max_length=LONGEST_PLACE)
    limit_code = serializers.CharField(max_length=32)
    began_at = SiteTimeField()
    ended_at = SiteTimeField(required=False, allow_null=True, default=None)
    worst_celsius = serializers.DecimalField(
        max_digits=6, decimal_places=2, min_value=Decimal("-273.15"), max_value=Decimal(200)
    )
    note = serializers.CharField(max_length=LONGEST_NOTE, required=False, allow_blank=True, default="")

    @staticmethod
    def report(values: Mapping[str, Any], *, timezone: str) -> ExcursionReport:
        ended = values["ended_at"]
        return ExcursionReport(
            place=values["place"],
            limit_code=values["limit_code"],
            began_at=from_wall_clock(values["began_at"], timezone=timezone),
            ended_at=from_wall_clock(ended, timezone=timezone) if ended else None,
            worst_celsius=values["worst_celsius"],
            note=values["note"],
        )


class EndInput(serializers.Serializer[Any]):
    ended_at = SiteTimeField()
    note = serializers.CharField(max_length=LONGEST_NOTE, required=False, allow_blank=True, default="")


class FollowUpShape(serializers.ModelSerializer[RecipientFollowUp]):
    lot = serializers.CharField(source="lot.number")
    subject = serializers.CharField(source="infusion.subject.code")
    infusion_number = serializers.IntegerField(source="infusion.number")
    closed_by = serializers.CharField(source="closed_by.printed_name", default=None)

    class Meta:
        model = RecipientFollowUp
        fields = [
            "id",
            "lot",
            "subject",
            "infusion",
            "infusion_number",
            "finding",
            "opened_at",
            "closed_at",
            "closed_by",
            "outcome",
        ]


class OutcomeInput(serializers.Serializer[Any]):
    outcome = serializers.CharField(max_length=LONGEST_NOTE)


class BalanceShape(serializers.Serializer[Any]):
    """In units. ``lot`` null: all lots. ``disputed``: units of which chain and stock tell different things."""

    lot = serializers.CharField(allow_null=True)
    received = serializers.IntegerField()
    by_state = serializers.DictField(child=serializers.IntegerField(), help_text=", ".join(UnitState))
    difference = serializers.IntegerField()
    disputed = serializers.ListField(child=serializers.CharField())
    balances = serializers.BooleanField()


class TraceShape(serializers.Serializer[Any]):
    """One unit on its way. ``subject`` is null for nobody, and for a subject of another site (``is_hidden``)."""

    unit = serializers.CharField(source="unit.__str__")
    unit_id = serializers.IntegerField(source="unit.pk")
    lot = serializers.CharField(source="unit.lot.number")
    donor_code = serializers.CharField(source="unit.lot.donor_code")
    state = serializers.CharField(source="unit.state")
    subject = serializers.CharField(allow_null=True)
    is_hidden = serializers.BooleanField()
    infusion = serializers.IntegerField(source="infusion.pk", default=None)
    infusion_number = serializers.IntegerField(source="infusion.number", default=None)
    infusion_state = serializers.CharField(source="infusion.state", default=None)
    started_at = serializers.DateTimeField(source="infusion.started_at", default=None)
    given_million_per_kg = serializers.DecimalField(
        source="infusion.given_million_per_kg", max_digits=9, decimal_places=5, default=None
    )
    follow_ups = FollowUpShape(many=True)
