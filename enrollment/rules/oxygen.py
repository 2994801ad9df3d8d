"""Measurements behind "decreased blood oxygen levels" of pathway C."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from trial.protocol.schema import EligibilityParameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Oxygen:
    """At rest, on room air. ``new_need``: oxygen is given newly, or more than before."""

    spo2_percent: Decimal | None = None
    spo2_before_percent: Decimal | None = None
    pao2_mmhg: Decimal | None = None
    new_need: bool | None = None


def shows_decrease(oxygen: Oxygen, *, parameters: EligibilityParameters) -> bool:
    """Whether a measurement shows it: SpO2 below its limit, a fall of so many points or more, PaO2 below its limit, or
    a new need of oxygen. That none shows it proves nothing: the investigator may still attest either.

    Source: Protocol inclusion 2, PC-15.
    """
    spo2, before = oxygen.spo2_percent, oxygen.spo2_before_percent
    return (
        (spo2 is not None and spo2 < parameters.c_spo2_below_percent)
        or (spo2 is not None and before is not None and before - spo2 >= parameters.c_spo2_fall_points)
        or (oxygen.pao2_mmhg is not None and oxygen.pao2_mmhg < parameters.c_pao2_below_mmhg)
        or oxygen.new_need is True
    )
