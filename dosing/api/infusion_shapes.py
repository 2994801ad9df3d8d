"""What an infusion looks like in answers to programs. No rule stands here."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dosing.api.course_shapes import ExposureShape, InterruptionShape, PremedicationShape, RunningTimeShape
from dosing.api.product_shapes import ReasonShape
from dosing.models import GuardBreach, Infusion, PreDoseCheck, ProductUnit
from dosing.selectors.infusion_answer import InfusionAnswer
from trial.models import ElectronicSignature


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
            "not_given_because",
            "not_given_reason",
            "dose_model",
            "access_site",
            "line_filter",
            "rate_ml_per_h",
            "residual_volume_ml",
            "flush_ml",
            "emergency_equipment_checked_at",
            "observation_ended_at",
            "discharged_at",
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
        fields = ["id", "uuid", "label", "lot", "donor", "state", "total_cells", "volume_ml", "viability", "use_by_at"]


class DayShape(serializers.ModelSerializer[PreDoseCheck]):
    recorded_by = serializers.CharField(source="recorded_by.username")

    class Meta:
        model = PreDoseCheck
        fields = [
            "weight_kg",
            "weight_measured_at",
            "weight_confirmed_note",
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


class SignableShape(serializers.Serializer[Any]):
    """What a signature would cover now, and the hash to send back with it."""

    meaning = serializers.CharField()
    content = serializers.DictField()
    content_hash = serializers.CharField()


class BreachShape(serializers.ModelSerializer[GuardBreach]):
    """An infusion that was given in spite of the guard: the conditions ``violated``, the deviation and the hold."""

    recorded_by = serializers.CharField(source="recorded_by.username")

    class Meta:
        model = GuardBreach
        fields = ["reported_by", "reason", "violated", "deviation", "hold", "recorded_at", "recorded_by"]


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
    first_identity_check = serializers.SerializerMethodField()
    identity_check = serializers.SerializerMethodField()
    sign_off = serializers.SerializerMethodField()
    to_sign = serializers.SerializerMethodField()
    running_time = serializers.SerializerMethodField()
    interruptions = serializers.SerializerMethodField()
    premedication = serializers.SerializerMethodField()
    exposure = serializers.SerializerMethodField()
    breach = serializers.SerializerMethodField()

    class Meta(InfusionLine.Meta):
        fields = [
            *InfusionLine.Meta.fields,
            "guard",
            "product",
            "pre_dose",
            "dose",
            "first_identity_check",
            "identity_check",
            "sign_off",
            "to_sign",
            "running_time",
            "interruptions",
            "premedication",
            "exposure",
            "breach",
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
    def get_first_identity_check(self, infusion: Infusion) -> Any:
        return self._shown(SignatureShape, "first_identity_check")

    @extend_schema_field(SignatureShape(allow_null=True))
    def get_identity_check(self, infusion: Infusion) -> Any:
        return self._shown(SignatureShape, "identity_check")

    @extend_schema_field(SignatureShape(allow_null=True))
    def get_sign_off(self, infusion: Infusion) -> Any:
        return self._shown(SignatureShape, "sign_off")

    @extend_schema_field(SignableShape(many=True))
    def get_to_sign(self, infusion: Infusion) -> Any:
        return [SignableShape(signable).data for signable in getattr(self._answer, "to_sign", ())]

    @extend_schema_field(RunningTimeShape(allow_null=True))
    def get_running_time(self, infusion: Infusion) -> Any:
        return self._shown(RunningTimeShape, "running_time")

    @extend_schema_field(InterruptionShape(many=True))
    def get_interruptions(self, infusion: Infusion) -> Any:
        return [InterruptionShape(row).data for row in getattr(self._answer, "interruptions", ())]

    @extend_schema_field(PremedicationShape(many=True))
    def get_premedication(self, infusion: Infusion) -> Any:
        return [PremedicationShape(row).data for row in getattr(self._answer, "premedication", ())]

    @extend_schema_field(ExposureShape(allow_null=True))
    def get_exposure(self, infusion: Infusion) -> Any:
        return self._shown(ExposureShape, "exposure")

    @extend_schema_field(BreachShape(allow_null=True))
    def get_breach(self, infusion: Infusion) -> Any:
        breach: GuardBreach | None = getattr(infusion, "breach", None)
        return None if breach is None else BreachShape(breach).data

    def _shown(self, shape: type[serializers.Serializer[Any]], name: str) -> Any:
        part = getattr(self._answer, name, None)
        return None if part is None else shape(part).data
