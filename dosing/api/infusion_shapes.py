"""What an infusion looks like in requests and answers of programs. No rule stands here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dosing.api.product_shapes import ReasonShape
from dosing.models import Infusion, PreDoseCheck, ProductUnit
from dosing.rules.states import PregnancyResult, StopReason
from dosing.selectors.infusion_answer import InfusionAnswer
from dosing.services.infusions import StartEntry
from dosing.services.pre_dose import DayEntry
from enrollment.api.shapes import SiteTimeField
from trial.api.signing import SignatureInput
from trial.models import ElectronicSignature
from trial.rules.site_time import from_wall_clock

_LONGEST_TEXT = 4000
_DAY_TIMES = ("weight_measured_at", "pregnancy_collected_at", "laboratory_collected_at")


class InfusionLine(serializers.ModelSerializer[Infusion]):
    """An infusion as lists show it. ``unit``: the one that the second person tied to it."""

    subject = serializers.CharField(source="subject.code")
    protocol_version = serializers.CharField(source="protocol_version.version")
    unit = serializers.CharField(default=None)
    performed_by = serializers.CharField(source="performed_by.username", default=None)

    class Meta:
        model = Infusion
        fields = [
            "id",
            "subject",
            "number",
            "state",
            "planned_on",
            "protocol_version",
            "unit",
            "performed_by",
            "started_at",
            "late_entry_reason",
            "interval_reason",
            "ended_at",
            "planned_volume_ml",
            "infused_volume_ml",
            "given_million_per_kg",
            "stop_reason",
            "stop_note",
            "not_given_reason",
        ]


class GuardShape(serializers.Serializer[Any]):
    """``earliest_at``: the first instant at which no interval stands in the way; null while the one before is open."""

    allowed = serializers.BooleanField()
    reasons = ReasonShape(many=True)
    earliest_at = serializers.DateTimeField(allow_null=True)


class MeantUnitShape(serializers.ModelSerializer[ProductUnit]):
    """The unit that the pharmacy means for the infusion."""

    label = serializers.CharField(source="__str__")  # type: ignore[assignment]  # the unit has one, and a field too
    lot = serializers.CharField(source="lot.number")
    donor = serializers.CharField(source="lot.donor_code")

    class Meta:
        model = ProductUnit
        fields = ["id", "label", "lot", "donor", "state", "total_cells", "volume_ml", "viability", "use_by_at"]


class DayShape(serializers.ModelSerializer[PreDoseCheck]):
    recorded_by = serializers.CharField(source="recorded_by.username")

    class Meta:
        model = PreDoseCheck
        fields = [
            "weight_kg",
            "weight_measured_at",
            "pregnancy_result",
            "pregnancy_collected_at",
            "laboratory_acceptable",
            "laboratory_collected_at",
            "recorded_at",
            "recorded_by",
        ]


class SignatureShape(serializers.ModelSerializer[ElectronicSignature]):
    class Meta:
        model = ElectronicSignature
        fields = ["printed_name", "role", "meaning", "signed_at", "content_sha256"]


class ToSignShape(serializers.Serializer[Any]):
    """What a signature would cover now, and the hash to send back with it."""

    meaning = serializers.CharField()
    content = serializers.DictField()
    content_hash = serializers.CharField()


class DoseShape(serializers.Serializer[Any]):
    """Every step of the dose. ``given``: as planned before the end, as infused after it."""

    weight_kg = serializers.DecimalField(max_digits=None, decimal_places=None)
    target_million_per_kg = serializers.DecimalField(max_digits=None, decimal_places=None)
    target_viable_cells = serializers.DecimalField(max_digits=None, decimal_places=None)
    viable_cells_per_ml = serializers.DecimalField(max_digits=None, decimal_places=None, allow_null=True)
    volume_ml_exact = serializers.DecimalField(max_digits=None, decimal_places=None, allow_null=True)
    volume_ml_drawn = serializers.DecimalField(max_digits=None, decimal_places=None, allow_null=True)
    volume_ml_given = serializers.DecimalField(max_digits=None, decimal_places=None, allow_null=True)
    given_million_per_kg = serializers.DecimalField(max_digits=None, decimal_places=None)
    deviation_percent = serializers.DecimalField(max_digits=None, decimal_places=None)
    tolerance_percent = serializers.DecimalField(max_digits=None, decimal_places=None)
    within_tolerance = serializers.BooleanField()


class InfusionShape(InfusionLine):
    """One infusion with its guard. ``product``: the unit meant for it; ``to_sign``: what can be signed in its state."""

    guard = serializers.SerializerMethodField()
    product = serializers.SerializerMethodField()
    pre_dose = serializers.SerializerMethodField()
    dose = serializers.SerializerMethodField()
    identity_check = serializers.SerializerMethodField()
    sign_off = serializers.SerializerMethodField()
    to_sign = serializers.SerializerMethodField()

    class Meta(InfusionLine.Meta):
        fields = [
            *InfusionLine.Meta.fields,
            "guard",
            "product",
            "pre_dose",
            "dose",
            "identity_check",
            "sign_off",
            "to_sign",
        ]

    def __init__(self, answer: InfusionAnswer | None = None, **kwargs: Any) -> None:
        super().__init__(answer.infusion if answer else None, **kwargs)
        self._answer = answer

    @extend_schema_field(GuardShape)
    def get_guard(self, infusion: Infusion) -> Any:
        return self._shown(GuardShape, "guard")

    @extend_schema_field(MeantUnitShape(allow_null=True))
    def get_product(self, infusion: Infusion) -> Any:
        return self._shown(MeantUnitShape, "product")

    @extend_schema_field(DayShape(allow_null=True))
    def get_pre_dose(self, infusion: Infusion) -> Any:
        return self._shown(DayShape, "pre_dose")

    @extend_schema_field(DoseShape(allow_null=True))
    def get_dose(self, infusion: Infusion) -> Any:
        return self._shown(DoseShape, "dose")

    @extend_schema_field(SignatureShape(allow_null=True))
    def get_identity_check(self, infusion: Infusion) -> Any:
        return self._shown(SignatureShape, "identity_check")

    @extend_schema_field(SignatureShape(allow_null=True))
    def get_sign_off(self, infusion: Infusion) -> Any:
        return self._shown(SignatureShape, "sign_off")

    @extend_schema_field(ToSignShape(many=True))
    def get_to_sign(self, infusion: Infusion) -> Any:
        return [ToSignShape(signable).data for signable in getattr(self._answer, "to_sign", ())]

    def _shown(self, shape: type[serializers.Serializer[Any]], name: str) -> Any:
        part = getattr(self._answer, name, None)
        return None if part is None else shape(part).data


class PlanInput(serializers.Serializer[Any]):
    number = serializers.IntegerField(min_value=1, max_value=32767)
    planned_on = serializers.DateField()


class DayInput(serializers.Serializer[Any]):
    """What was measured, each with its time. What is left out stays as it is; a change on file needs ``reason``."""

    weight_kg = serializers.DecimalField(
        max_digits=5, decimal_places=1, min_value=Decimal(1), required=False, allow_null=True
    )
    weight_measured_at = SiteTimeField(required=False, allow_null=True)
    weight_confirmed = serializers.BooleanField(
        required=False, default=False, help_text="Weighed again: a change since screening is real."
    )
    pregnancy_result = serializers.ChoiceField(
        choices=[result.value for result in PregnancyResult], required=False, allow_null=True
    )
    pregnancy_collected_at = SiteTimeField(required=False, allow_null=True)
    laboratory_acceptable = serializers.BooleanField(required=False, allow_null=True)
    laboratory_collected_at = SiteTimeField(required=False, allow_null=True)
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=_LONGEST_TEXT)

    @staticmethod
    def entry(values: Mapping[str, Any], *, timezone: str) -> DayEntry:
        result = values.get("pregnancy_result")
        times = {name: _instant(values.get(name), timezone=timezone) for name in _DAY_TIMES}
        return DayEntry(
            weight_kg=values.get("weight_kg"),
            pregnancy_result=PregnancyResult(result) if result else None,
            laboratory_acceptable=values.get("laboratory_acceptable"),
            weight_confirmed=values["weight_confirmed"],
            **times,
        )


class SignInput(serializers.Serializer[Any]):
    signature = SignatureInput()


class VerifyInput(SignInput):
    """``unit``: the id of the unit at the bedside; without it the one the pharmacy means. The hash covers it."""

    unit = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)


class StartInput(serializers.Serializer[Any]):
    """Nothing: the infusion starts now. ``started_at`` in the past is a late entry, which needs its reason."""

    started_at = SiteTimeField(required=False, allow_null=True)
    late_entry_reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=_LONGEST_TEXT)
    interval_reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=_LONGEST_TEXT)

    @staticmethod
    def entry(values: Mapping[str, Any], *, timezone: str) -> StartEntry:
        return StartEntry(
            started_at=_instant(values.get("started_at"), timezone=timezone),
            late_entry_reason=values["late_entry_reason"],
            interval_reason=values["interval_reason"],
        )


class NothingInput(serializers.Serializer[Any]):
    """The address says it all."""


class CompleteInput(serializers.Serializer[Any]):
    infused_volume_ml = serializers.DecimalField(max_digits=8, decimal_places=2, min_value=Decimal(0))


class StopInput(CompleteInput):
    reason = serializers.ChoiceField(choices=[reason.value for reason in StopReason])
    note = serializers.CharField(max_length=_LONGEST_TEXT)


class NotGivenInput(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=_LONGEST_TEXT)


def _instant(written: datetime | None, *, timezone: str) -> datetime | None:
    """A time without its offset stands on the clock of the site."""
    return None if written is None else from_wall_clock(written, timezone=timezone)
