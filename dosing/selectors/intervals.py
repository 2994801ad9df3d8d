"""The intervals that a first infusion in a cohort has to keep from those of others, before anybody plans it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dosing.models import Infusion
from dosing.rules.guard_intervals import FirstInfusionDays, first_infusion_days
from enrollment.models import Subject
from trial.models import Study
from trial.protocol.schema import Regimen
from trial.rules.site_time import site_date


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortIntervals:
    """``first_on``, ``latest_on``: site days of the first infusions of others. None: nobody was dosed before."""

    cohort: int
    sentinel_days: int
    stagger_days: int
    first_on: date | None
    latest_on: date | None
    days: FirstInfusionDays | None


def cohort_intervals(
    study: Study, *, cohort: int, regimen: Regimen, zone: str, but: Subject | None = None
) -> CohortIntervals:
    """What a first infusion in the cohort has to wait for: that of ``but``, or of whoever comes next. One query.

    Who left a slot was exposed all the same.
    """
    rows = Infusion.objects.filter(
        number=1,
        started_at__isnull=False,
        subject__allocation__slot__cohort__number=cohort,
        subject__study=study,
    ).exclude(subject=but)
    started = sorted(site_date(at, timezone=zone) for at in rows.values_list("started_at", flat=True) if at is not None)
    return CohortIntervals(
        cohort=cohort,
        sentinel_days=regimen.sentinel_days,
        stagger_days=regimen.stagger_days,
        first_on=started[0] if started else None,
        latest_on=started[-1] if started else None,
        days=first_infusion_days(started, regimen=regimen),
    )
