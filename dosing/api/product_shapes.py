"""The shapes of lots and release tests over the API. No rule stands here."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dosing.forms.product import PRODUCT_NUMBER
from dosing.models import ProductLot
from dosing.rules.release import TestOutcome, failed_tests, limits
from dosing.selectors.lots import CriterionLine, lot_results
from enrollment.api.shapes import SiteTimeField
from trial.api.signing import SignatureInput

LONGEST_NUMBER = 32


class ReasonShape(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field of the shape, no option of it


class LotShape(serializers.ModelSerializer[ProductLot]):
    """``tests_needed``: criteria of the protocol; ``tests_failed``: their labels. Units by what became of them."""

    received_by = serializers.CharField(source="received_by.printed_name")
    tests_needed = serializers.SerializerMethodField()
    tests_recorded = serializers.SerializerMethodField()
    tests_failed = serializers.SerializerMethodField()
    units_all = serializers.IntegerField()
    units_in_stock = serializers.IntegerField()
    units_under_way = serializers.IntegerField()
    units_infused = serializers.IntegerField()

    class Meta:
        model = ProductLot
        fields = [
            "number",
            "donor_code",
            "state",
            "received_at",
            "received_by",
            "expires_at",
            "released_at",
            "rejected_reason",
            "tests_needed",
            "tests_recorded",
            "tests_failed",
            "units_all",
            "units_in_stock",
            "units_under_way",
            "units_infused",
        ]

    def get_tests_needed(self, lot: ProductLot) -> int:
        return len(self.context["plan"].release_criteria)

    def get_tests_recorded(self, lot: ProductLot) -> int:
        results = lot_results(lot)
        return sum(criterion.code in results for criterion in self.context["plan"].release_criteria)

    def get_tests_failed(self, lot: ProductLot) -> list[str]:
        return list(failed_tests(lot_results(lot), plan=self.context["plan"]))


class ReleaseCriterionShape(serializers.Serializer[CriterionLine]):
    """A release criterion of the protocol, its limits in words, and what was recorded against it."""

    code = serializers.CharField(source="criterion.code")
    label = serializers.CharField(source="criterion.label")  # type: ignore[assignment]  # as above
    unit = serializers.CharField(source="criterion.unit", allow_null=True)
    limits = serializers.SerializerMethodField()
    late = serializers.BooleanField(source="criterion.late", help_text="The result may follow the release.")
    outcome = serializers.ChoiceField(choices=[outcome.value for outcome in TestOutcome])
    value = serializers.DecimalField(source="test.value", max_digits=14, decimal_places=4, default=None)
    result = serializers.CharField(source="test.result", default="")
    tested_on = serializers.DateField(source="test.tested_on", default=None)
    recorded_by = serializers.CharField(source="test.recorded_by.printed_name", default=None)

    def get_limits(self, line: CriterionLine) -> str:
        return limits(line.criterion)


class LotDetailShape(LotShape):
    """``content_hash`` is what a release signs now; ``release_reasons`` is everything that stands against it.

    While a late result is pending, ``conditional_content_hash`` is signed first, at an address of its own.
    """

    tests = serializers.SerializerMethodField()
    release_reasons = serializers.SerializerMethodField()
    content_hash = serializers.SerializerMethodField()
    conditional_signed_by = serializers.CharField(source="conditional_signature.printed_name", default=None)
    conditional_reasons = serializers.SerializerMethodField()
    conditional_content_hash = serializers.SerializerMethodField()

    class Meta(LotShape.Meta):
        fields = [
            *LotShape.Meta.fields,
            "tests",
            "release_reasons",
            "content_hash",
            "conditional_signed_by",
            "conditional_reasons",
            "conditional_content_hash",
        ]

    @extend_schema_field(ReleaseCriterionShape(many=True))
    def get_tests(self, lot: ProductLot) -> Any:
        return ReleaseCriterionShape(self.context["lines"], many=True).data

    @extend_schema_field(ReasonShape(many=True))
    def get_release_reasons(self, lot: ProductLot) -> list[dict[str, str]]:
        return [reason.as_dict() for reason in self.context["release"].reasons]

    def get_content_hash(self, lot: ProductLot) -> str:
        digest: str = self.context["content_hash"]
        return digest

    @extend_schema_field(ReasonShape(many=True))
    def get_conditional_reasons(self, lot: ProductLot) -> list[dict[str, str]]:
        return [reason.as_dict() for reason in self.context["conditional"].reasons]

    def get_conditional_content_hash(self, lot: ProductLot) -> str:
        digest: str = self.context["conditional_content_hash"]
        return digest


class ReceiveInput(serializers.Serializer[Any]):
    number = serializers.CharField(max_length=LONGEST_NUMBER, validators=[PRODUCT_NUMBER])
    donor_code = serializers.CharField(
        max_length=LONGEST_NUMBER, validators=[PRODUCT_NUMBER], help_text="A code only, never a name."
    )
    expires_at = SiteTimeField()


class TestInput(serializers.Serializer[Any]):
    """``value`` against a numeric limit; ``result`` against an accepted result, in exactly its words."""

    code = serializers.CharField(max_length=LONGEST_NUMBER)
    value = serializers.DecimalField(max_digits=14, decimal_places=4, required=False, allow_null=True, default=None)
    result = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    tested_on = serializers.DateField()


class ReleaseInput(serializers.Serializer[Any]):
    signature = SignatureInput()


class WhyInput(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=4000)
