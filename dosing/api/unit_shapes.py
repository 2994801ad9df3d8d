"""The shapes of units and of what is done with them over the API. No rule stands here."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dosing.api.product_shapes import LONGEST_NUMBER, ReasonShape
from dosing.forms.custody import LONGEST_NOTE, LONGEST_PLACE
from dosing.forms.product import PRODUCT_NUMBER
from dosing.models import CustodyEvent, ProductUnit
from dosing.rules.custody import MANUAL_STEPS
from dosing.rules.states import CustodyStep
from dosing.services.custody_steps import StepEntry
from enrollment.api.shapes import SiteTimeField
from trial.api.signing import SignatureInput
from trial.rules.site_time import from_wall_clock

_LARGEST_INFUSION = 99


class UnitShape(serializers.ModelSerializer[ProductUnit]):
    """``viability`` is a fraction of the whole. ``subject`` and ``infusion`` say for whom the unit is, or was.

    ``subject`` is null as well where it is a subject of another site, whom this person does not see. ``uuid`` is what
    the code on its label says.
    """

    lot = serializers.CharField(source="lot.number")
    subject = serializers.CharField(source="subject_code", default=None)
    infusion = serializers.IntegerField(source="assigned_infusion_number", allow_null=True)
    issued_by = serializers.CharField(source="issued_by.printed_name", default=None)

    class Meta:
        model = ProductUnit
        fields = [
            "id",
            "uuid",
            "lot",
            "number",
            "state",
            "place",
            "total_cells",
            "volume_ml",
            "subject",
            "infusion",
            "thawed_at",
            "use_by_at",
            "viability",
            "issued_at",
            "issued_by",
        ]


class OtherDonorShape(serializers.Serializer[Any]):
    """An infusion of the same subject whose product came of another donor."""

    infusion = serializers.IntegerField()
    donor_code = serializers.CharField()


class UnitDetailShape(UnitShape):
    """``reasons``: for each act everything that stands against it now. ``content_hashes``: what a second person signs.

    ``other_donors`` warns, it refuses nothing.
    """

    reasons = serializers.SerializerMethodField()
    content_hashes = serializers.SerializerMethodField()
    other_donors = serializers.SerializerMethodField()

    class Meta(UnitShape.Meta):
        fields = [*UnitShape.Meta.fields, "reasons", "content_hashes", "other_donors"]

    @extend_schema_field(serializers.DictField(child=ReasonShape(many=True)))
    def get_reasons(self, unit: ProductUnit) -> Mapping[str, list[dict[str, str]]]:
        return {act: [reason.as_dict() for reason in found] for act, found in self.context["acts"].items()}

    @extend_schema_field(serializers.DictField(child=serializers.CharField()))
    def get_content_hashes(self, unit: ProductUnit) -> Mapping[str, str]:
        hashes: Mapping[str, str] = self.context["hashes"]
        return hashes

    @extend_schema_field(OtherDonorShape(many=True))
    def get_other_donors(self, unit: ProductUnit) -> list[dict[str, Any]]:
        return [{"infusion": number, "donor_code": donor} for number, donor in self.context["donors"]]


class CustodyShape(serializers.ModelSerializer[CustodyEvent]):
    """One link of the chain. ``second`` is the other person, where the step was done by two."""

    by = serializers.CharField(source="by.printed_name")
    second = serializers.CharField(source="second_signature.printed_name", default=None)

    class Meta:
        model = CustodyEvent
        fields = [
            "id",
            "step",
            "happened_at",
            "place",
            "temperature_celsius",
            "volume_ml",
            "note",
            "by",
            "second",
            "recorded_at",
        ]


class AddUnitInput(serializers.Serializer[Any]):
    """``total_cells`` viable and dead; ``volume_ml`` of the suspension."""

    number = serializers.CharField(max_length=LONGEST_NUMBER, validators=[PRODUCT_NUMBER])
    total_cells = serializers.DecimalField(max_digits=14, decimal_places=0, min_value=Decimal(1))
    volume_ml = serializers.DecimalField(max_digits=8, decimal_places=2, min_value=Decimal("0.01"))


class AssignmentInput(serializers.Serializer[Any]):
    subject = serializers.CharField(max_length=24)
    infusion = serializers.IntegerField(min_value=1, max_value=_LARGEST_INFUSION, help_text="Its number.")


class AssignInput(AssignmentInput):
    """``second``: the signature of the other person over the content of which a GET told the hash."""

    second = SignatureInput()


class SecondInput(serializers.Serializer[Any]):
    """``second``: the signature of the other person over the hash that the unit tells."""

    second = SignatureInput()


class DestroyInput(SecondInput):
    volume_ml = serializers.DecimalField(max_digits=8, decimal_places=2, min_value=Decimal(0))
    reason = serializers.CharField(max_length=LONGEST_NOTE)


class ThawInput(serializers.Serializer[Any]):
    viability = serializers.DecimalField(
        max_digits=5, decimal_places=4, min_value=Decimal("0.0001"), max_value=Decimal(1), help_text="0.88 is 88 %."
    )


class StepInput(serializers.Serializer[Any]):
    """``happened_at`` left out: now. ``limit_code``: the limits that the temperature is held against."""

    step = serializers.ChoiceField(choices=[step.value for step in MANUAL_STEPS])
    happened_at = SiteTimeField(required=False, allow_null=True, default=None)
    place = serializers.CharField(max_length=LONGEST_PLACE, required=False, allow_blank=True, default="")
    temperature_celsius = serializers.DecimalField(
        max_digits=5, decimal_places=1, required=False, allow_null=True, default=None
    )
    limit_code = serializers.CharField(max_length=32, required=False, allow_blank=True, default="")
    note = serializers.CharField(max_length=LONGEST_NOTE, required=False, allow_blank=True, default="")

    @staticmethod
    def entry(values: Mapping[str, Any], *, timezone: str) -> StepEntry:
        written = values["happened_at"]
        return StepEntry(
            step=CustodyStep(values["step"]),
            happened_at=from_wall_clock(written, timezone=timezone) if written else None,
            place=values["place"],
            temperature_celsius=values["temperature_celsius"],
            limit_code=values["limit_code"],
            note=values["note"],
        )


class TakeBackInput(serializers.Serializer[Any]):
    volume_ml = serializers.DecimalField(max_digits=8, decimal_places=2, min_value=Decimal(0))
    place = serializers.CharField(max_length=LONGEST_PLACE, required=False, allow_blank=True, default="")
    note = serializers.CharField(max_length=LONGEST_NOTE, required=False, allow_blank=True, default="")


class NoteInput(serializers.Serializer[Any]):
    """``note`` is needed where volume is missing."""

    note = serializers.CharField(max_length=LONGEST_NOTE, required=False, allow_blank=True, default="")


class ToSignShape(serializers.Serializer[Any]):
    """What the second person signs, and its hash."""

    content_hash = serializers.CharField()
    reasons = ReasonShape(many=True)
