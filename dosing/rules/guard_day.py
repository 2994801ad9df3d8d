"""The facts of the day: weight, pregnancy test, safety laboratory, sign-off between infusions. Each expires."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from dosing.rules.guard_facts import GuardFacts
from dosing.rules.states import PregnancyResult
from trial.protocol.schema import Regimen
from trial.rules.decision import Reason

_SOURCE = "Protocol, regimen: facts of the day"


def day_reasons(facts: GuardFacts, *, regimen: Regimen, at: datetime) -> Iterator[Reason]:
    for reason in (
        _weight(facts, regimen=regimen, at=at),
        _pregnancy(facts, regimen=regimen, at=at),
        _laboratory(facts, regimen=regimen, at=at),
        _signoff(facts, regimen=regimen, at=at),
    ):
        if reason is not None:
            yield reason


def _fresh(measured_at: datetime | None, *, hours: int, at: datetime) -> bool:
    """Not in the future and at most ``hours`` old, the last instant included."""
    return measured_at is not None and at - timedelta(hours=hours) <= measured_at <= at


def _weight(facts: GuardFacts, *, regimen: Regimen, at: datetime) -> Reason | None:
    hours = regimen.weight_max_age_hours
    if facts.day.weight_kg is not None and _fresh(facts.day.weight_measured_at, hours=hours, at=at):
        return None
    return Reason("DOS-WEIGHT", f"A weight measured within {hours} hours is needed: the dose is per kg.", _SOURCE)


def _pregnancy(facts: GuardFacts, *, regimen: Regimen, at: datetime) -> Reason | None:
    day, hours = facts.day, regimen.pregnancy_test_max_age_hours
    if day.pregnancy_result is PregnancyResult.NOT_APPLICABLE and facts.can_be_pregnant is False:
        return None
    fresh = _fresh(day.pregnancy_collected_at, hours=hours, at=at)
    if day.pregnancy_result is PregnancyResult.NEGATIVE and fresh:
        return None
    if day.pregnancy_result is PregnancyResult.POSITIVE:
        message = "The pregnancy test is positive. No infusion may be given; report the pregnancy."
    elif day.pregnancy_result is PregnancyResult.NOT_APPLICABLE:
        message = "“Not applicable” contradicts the screening facts: this subject can be pregnant, or it is not known."
    else:
        message = f"A negative pregnancy test not older than {hours} hours is needed."
    return Reason("DOS-PREGNANCY", message, "Protocol inclusion 4; exclusion 3 (PC-09)")


def _laboratory(facts: GuardFacts, *, regimen: Regimen, at: datetime) -> Reason | None:
    first = facts.infusion_number == 1
    hours = regimen.safety_laboratory_max_age_hours_first if first else regimen.safety_laboratory_max_age_hours_later
    if facts.day.laboratory_acceptable is False:
        return Reason("DOS-LABORATORY", "The safety laboratory is not acceptable for dosing.", _SOURCE)
    if facts.day.laboratory_acceptable and _fresh(facts.day.laboratory_collected_at, hours=hours, at=at):
        return None
    message = f"A safety laboratory not older than {hours} hours, reviewed and acceptable, is needed."
    return Reason("DOS-LABORATORY", message, _SOURCE)


def _signoff(facts: GuardFacts, *, regimen: Regimen, at: datetime) -> Reason | None:
    """Signed after the previous infusion ended and shortly before this one, so that it covers the days between them."""
    if facts.infusion_number == 1:
        return None
    ended_at = facts.previous.ended_at if facts.previous else None
    signed_at = facts.day.signed_off_at
    fresh = _fresh(signed_at, hours=regimen.signoff_max_age_hours, at=at)
    if fresh and ended_at is not None and signed_at is not None and ended_at <= signed_at:
        return None
    message = (
        "An investigator signs first, within the last "
        f"{regimen.signoff_max_age_hours} hours, that no event since the previous infusion stands against this one."
    )
    return Reason("DOS-SIGNOFF", message, "Protocol, inter-infusion safety check")
