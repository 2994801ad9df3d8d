"""When somebody who waits can be allocated, those who allocate are told: once for each who waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from enrollment.events import SlotVacated
from enrollment.models import Allocation
from enrollment.selectors.allocation import is_open
from enrollment.selectors.waiting import waiting_list
from trial.models import Cohort, Site, Slot, User
from trial.permissions import TABLE, Permission, access_of
from trial.services.notifications import holders, notify
from trial.study_events import CohortOpened


def tell_after_opening(event: CohortOpened) -> None:
    """A cohort opened: in the transaction that opened it. Told again only when it is opened by another decision."""
    cohort = event.clearance.cohort
    _tell(cohort, key=f"open:{event.clearance.pk}", why=f"Cohort {cohort.number} is open", at=event.at)


def tell_after_vacating(event: SlotVacated) -> None:
    """A slot was given back. In a cohort that is closed it helps nobody yet."""
    slot = event.allocation.slot
    if is_open(slot.cohort_id, at=event.at):
        _tell(slot.cohort, key=f"vacated:{event.allocation.pk}", why=f"Slot {slot.label} is vacant", at=event.at)


def _tell(cohort: Cohort, *, key: str, why: str, at: datetime) -> None:
    waiting = waiting_list(cohort.study)
    vacant = Slot.objects.filter(cohort=cohort).exclude(
        pk__in=Allocation.objects.filter(vacated_at__isnull=True).values("slot_id")
    )
    slots = vacant.count() if waiting else 0
    told: dict[int, Sequence[User]] = {}
    for each in waiting:
        site = each.subject.site
        if site.pk not in told:
            told[site.pk] = _who_allocate(cohort, site, at=at)
        notify(
            users=told[site.pk],
            study=cohort.study,
            key=f"waiting:{key}:{each.subject.pk}",
            title=f"{why}: {each.subject.code} waits for a slot",
            body=f"Place {each.place} of {len(waiting)} on the waiting list; vacant slots of the cohort: {slots}.",
            path=f"/subjects/{each.subject.code}/allocation/",
            at=at,
        )


def _who_allocate(cohort: Cohort, site: Site, *, at: datetime) -> list[User]:
    """Who holds a role for it at that site, with the task delegated on that day."""
    roles = TABLE[Permission.ALLOCATE].roles
    people = holders(study=cohort.study, roles=roles, on=at, site_id=site.pk)
    return [
        user
        for user in people
        if access_of(user, cohort.study, timezone=site.timezone).may(Permission.ALLOCATE, at=at, site=site)
    ]
