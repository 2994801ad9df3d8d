"""What programs send to act on an infusion. No rule stands here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from dosing.rules.states import DoseModel, NotGivenBecause, PauseReason, PregnancyResult, StopReason
from dosing.services.infusion_course import Volumes
from dosing.services.infusions import StartEntry
from dosing.services.pre_dose import DayEntry
from dosing.services.premedication import Drug
from dosing.services.preparation import Preparation
from enrollment.api.shapes import SiteTimeField
from trial.api.signing import SignatureInput
from trial.rules.site_time import from_wall_clock

_LONGEST_TEXT = 4000
_DAY_TIMES = ("weight_measured_at", "pregnancy_collected_at", "laboratory_collected_at")


class PlanInput(serializers.Serializer[Any]):
    number = serializers.IntegerField(min_value=1, max_value=32767)
    planned_on = serializers.DateField()


class DayInput(serializers.Serializer[Any]):
    """What was measured, each with its time. What is left out stays as it is; a change on file needs ``reason``."""

    weight_kg = serializers.DecimalField(
        max_digits=5, decimal_places=1, min_value=Decimal(1), required=False, allow_null=True
    )
    weight_measured_at = SiteTimeField(required=False, allow_null=True)
    weight_confirmed_note = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        max_length=_LONGEST_TEXT,
        help_text="Weighed again: why a large change since the weight before is real.",
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
        times = {name: instant(values.get(name), timezone=timezone) for name in _DAY_TIMES}
        return DayEntry(
            weight_kg=values.get("weight_kg"),
            pregnancy_result=PregnancyResult(result) if result else None,
            laboratory_acceptable=values.get("laboratory_acceptable"),
            weight_confirmed_note=values["weight_confirmed_note"],
            **times,
        )


class SignInput(serializers.Serializer[Any]):
    signature = SignatureInput()


class VerifyInput(SignInput):
    """The unit at the bedside: its id, or the code on its label; without either the one the pharmacy means.

    The hash covers the unit.
    """

    unit = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    unit_code = serializers.CharField(required=False, max_length=200)


class StartInput(serializers.Serializer[Any]):
    """Nothing: the infusion starts now. ``started_at`` in the past is a late entry, which needs its reason."""

    started_at = SiteTimeField(required=False, allow_null=True)
    late_entry_reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=_LONGEST_TEXT)
    interval_reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=_LONGEST_TEXT)

    @staticmethod
    def entry(values: Mapping[str, Any], *, timezone: str) -> StartEntry:
        return StartEntry(
            started_at=instant(values.get("started_at"), timezone=timezone),
            late_entry_reason=values["late_entry_reason"],
            interval_reason=values["interval_reason"],
        )


class NothingInput(serializers.Serializer[Any]):
    """The address says it all."""


class HappenedInput(serializers.Serializer[Any]):
    """``happened_at``: when it was done, if it is entered later; without it now."""

    happened_at = SiteTimeField(required=False, allow_null=True)

    @staticmethod
    def happened(values: Mapping[str, Any], *, timezone: str) -> datetime | None:
        return instant(values.get("happened_at"), timezone=timezone)


class PauseInput(HappenedInput):
    reason = serializers.ChoiceField(choices=[reason.value for reason in PauseReason])
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=_LONGEST_TEXT)


class CompleteInput(HappenedInput):
    """Millilitres."""

    infused_volume_ml = serializers.DecimalField(max_digits=8, decimal_places=2, min_value=Decimal(0))
    residual_volume_ml = serializers.DecimalField(
        max_digits=8, decimal_places=2, min_value=Decimal(0), required=False, allow_null=True
    )
    flush_ml = serializers.DecimalField(
        max_digits=6, decimal_places=1, min_value=Decimal(0), required=False, allow_null=True
    )

    @staticmethod
    def volumes(values: Mapping[str, Any]) -> Volumes:
        return Volumes(
            infused_ml=values["infused_volume_ml"],
            residual_ml=values.get("residual_volume_ml"),
            flush_ml=values.get("flush_ml"),
        )


class StopInput(CompleteInput):
    reason = serializers.ChoiceField(choices=[reason.value for reason in StopReason])
    note = serializers.CharField(max_length=_LONGEST_TEXT)


class NotGivenInput(serializers.Serializer[Any]):
    because = serializers.ChoiceField(choices=[because.value for because in NotGivenBecause])
    reason = serializers.CharField(max_length=_LONGEST_TEXT)


class PrepareInput(serializers.Serializer[Any]):
    """What is left out stays as it is; a change on file needs ``reason``."""

    dose_model = serializers.ChoiceField(choices=[model.value for model in DoseModel], required=False)
    access_site = serializers.CharField(required=False, allow_blank=True, default="", max_length=80)
    line_filter = serializers.CharField(required=False, allow_blank=True, default="", max_length=80)
    rate_ml_per_h = serializers.DecimalField(
        max_digits=6, decimal_places=1, min_value=Decimal("0.1"), required=False, allow_null=True
    )
    equipment_checked = serializers.BooleanField(required=False, default=False)
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=_LONGEST_TEXT)

    @staticmethod
    def entry(values: Mapping[str, Any]) -> Preparation:
        return Preparation(
            access_site=values["access_site"],
            line_filter=values["line_filter"],
            rate_ml_per_h=values.get("rate_ml_per_h"),
            dose_model=DoseModel(values["dose_model"]) if values.get("dose_model") else None,
            equipment_checked=values["equipment_checked"],
        )


class PremedicationInput(serializers.Serializer[Any]):
    drug = serializers.CharField(max_length=80)
    dose = serializers.DecimalField(max_digits=9, decimal_places=3, min_value=Decimal("0.001"))
    unit = serializers.CharField(max_length=16)
    route = serializers.CharField(max_length=24)
    given_at = SiteTimeField(required=False, allow_null=True)

    @staticmethod
    def given(values: Mapping[str, Any], *, timezone: str) -> Drug:
        return Drug(
            name=values["drug"],
            dose=values["dose"],
            unit=values["unit"],
            route=values["route"],
            given_at=instant(values.get("given_at"), timezone=timezone),
        )


class ReasonInput(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=_LONGEST_TEXT)


def instant(written: datetime | None, *, timezone: str) -> datetime | None:
    """A time without its offset stands on the clock of the site."""
    return None if written is None else from_wall_clock(written, timezone=timezone)
