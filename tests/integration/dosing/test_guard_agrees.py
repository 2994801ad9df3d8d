"""The guard in Python and the guard in the database give the same reasons, whatever is wrong in the rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from dosing.models import Infusion
from dosing.rules.guard import can_infuse
from dosing.selectors.guard import guard_facts, infusion_for_guard
from enrollment.models import Allocation, Screening, Subject
from enrollment.selectors.eligibility import current_screening, stands_until_of
from tests.builders.broken_rows import BOUNDS, BREAKS, Bound, Break, quarantine
from tests.builders.prepared import Scene, prepared_scene
from trial.models import CohortClearance, Slot, User
from trial.rules.site_time import site_date, start_of_day
from trial.services.regulated import regulated


@pytest.fixture(scope="module")
def scene(databases, django_db_blocker, built_once) -> Iterator[Scene]:
    with prepared_scene(databases, django_db_blocker.unblock, like=built_once) as scene:
        yield scene


@pytest.fixture(autouse=True)
def undone(scene: Scene) -> Iterator[None]:
    """Whatever a test breaks is rolled back."""
    with transaction.atomic():
        with regulated(by=User.objects.get(username="investigator"), act="tests.break"):
            yield
        transaction.set_rollback(True)


def row_of(scene: Scene, broken: Break) -> dict[str, object]:
    """The row that starts: performed by the nurse, unless the break says otherwise. Names stand for ids."""
    row: dict[str, object] = {"performed_by_id": "nurse"} | broken.row
    return {key: value_of(scene, value) for key, value in row.items()}


def value_of(scene: Scene, value: object) -> object:
    if value in scene.people:
        return scene.people[str(value)]
    return getattr(scene, value) if isinstance(value, str) and value in Scene.__slots__ else value


def apply(scene: Scene, broken: Break, *, value: str = "") -> None:
    infusion = Infusion.objects.select_related("subject__site").get(pk=scene.named[broken.infusion])
    parameters = {
        "infusion": infusion.pk,
        "unit": infusion.unit_id,
        "subject": infusion.subject_id,
        "study": infusion.subject.study_id,
        "at": scene.at,
        "site_day": site_date(scene.at, timezone=infusion.subject.site.timezone),
        "signed_off_elsewhere": scene.signed_off_elsewhere,
        "signed_off_too_soon": scene.signed_off_too_soon,
        "pending_snapshot": scene.pending_snapshot,
        **scene.people,
    }
    with connection.cursor() as cursor:
        for statement in broken.statements:
            cursor.execute(statement.replace("{value}", value), parameters)
            assert cursor.rowcount > 0, statement


def in_python(scene: Scene, broken: Break, *, at: datetime, pk: int) -> set[str]:
    infusion = infusion_for_guard(pk)
    for key, value in row_of(scene, broken).items():
        setattr(infusion, key, value)
    definition = infusion.subject.protocol_version.definition
    facts = guard_facts(infusion, performer=infusion.performed_by, at=at)
    return set(can_infuse(facts, regimen=definition.regimen, product=definition.product, at=at).codes)


def in_database(scene: Scene, broken: Break, *, at: datetime, pk: int) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT stepwise_infusion_reasons(jsonb_populate_record(i, %s::jsonb), %s) FROM dosing_infusion i"
            " WHERE i.id = %s",
            [json.dumps(row_of(scene, broken)), at, pk],
        )
        return set(cursor.fetchone()[0])


def both(scene: Scene, broken: Break, *, at: datetime | None = None, pk: int | None = None) -> set[str]:
    """What both guards say; they say the same."""
    at, pk = at or scene.at, pk or scene.named[broken.infusion]
    python, database = in_python(scene, broken, at=at, pk=pk), in_database(scene, broken, at=at, pk=pk)
    assert python == database
    return python


@pytest.mark.parametrize("infusion", ["first", "second"])
def test_nothing_stands_against_what_is_prepared(scene, infusion):
    assert both(scene, Break("", infusion=infusion)) == set()


@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: broken.id)
def test_one_thing_wrong(scene, broken: Break):
    apply(scene, broken)
    assert broken.code in both(scene, broken)


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.broken.id)
def test_on_the_bound(scene, bound: Bound):
    apply(scene, bound.broken, value=bound.on)
    assert both(scene, bound.broken) == set()


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.broken.id)
def test_just_past_the_bound(scene, bound: Bound):
    apply(scene, bound.broken, value=bound.past)
    assert both(scene, bound.broken) == {bound.broken.code}


def days_after(started_at: datetime, days: int, *, timezone: str) -> datetime:
    return start_of_day(site_date(started_at, timezone=timezone) + timedelta(days=days), timezone=timezone)


@pytest.mark.parametrize(
    ("code", "infusion", "last_blocked", "row"),
    [
        ("DOS-SENTINEL", "close", 13, {}),
        ("DOS-STAGGER", "close", 6, {}),
        ("DOS-INTERVAL", "second", 27, {}),
    ],
)
def test_intervals_end_at_the_midnight_of_the_site(scene, code, infusion, last_blocked, row):
    """Whole days: to the last second of the last day, and not at 00:00:00 of the next."""
    pk = scene.named[infusion]
    subject = Infusion.objects.select_related("subject__site").get(pk=pk).subject
    others = Infusion.objects.filter(number=1, started_at__isnull=False)
    mine = (
        others.filter(subject=subject)
        if infusion == "second"
        else others.filter(subject__allocation__slot__cohort=subject.allocation.slot.cohort)
    )
    opens = days_after(mine.get().started_at, last_blocked + 1, timezone=subject.site.timezone)
    broken = Break(code, infusion=infusion, row=row)
    assert code in both(scene, broken, at=opens - timedelta(seconds=1))
    assert code not in both(scene, broken, at=opens)


def test_the_late_end_of_the_interval_asks_for_a_reason(scene):
    started = Infusion.objects.get(subject__infusions=scene.second, number=1)
    zone = Infusion.objects.select_related("subject__site").get(pk=scene.second).subject.site.timezone
    late = days_after(started.started_at, 36, timezone=zone)
    silent = Break("DOS-INTERVAL-REASON", infusion="second", row={"interval_reason": ""})
    assert silent.code not in both(scene, silent, at=late - timedelta(seconds=1))
    assert silent.code in both(scene, silent, at=late)


def test_a_decision_that_expires_closes_the_cohort(scene):
    until = CohortClearance.objects.get(cohort__number=2, revoked_at__isnull=True).valid_until
    second = Break("DOS-COHORT-EXPIRED", infusion="second")
    assert second.code not in both(scene, second, at=until - timedelta(seconds=1))
    assert second.code in both(scene, second, at=until)


def test_a_cohort_is_closed_until_the_instant_of_its_opening(scene):
    """A slot that was filled, as the rows say, before the cohort was open."""
    opened_at = CohortClearance.objects.filter(cohort__number=3).earliest("opened_at").opened_at
    infusion = infusion_in_slot(scene, Slot.objects.get(label="C3-3"), allocated_at=opened_at - timedelta(days=1))
    closed = Break("DOS-COHORT-CLOSED")
    assert closed.code in both(scene, closed, at=opened_at - timedelta(seconds=1), pk=infusion.pk)
    assert closed.code not in both(scene, closed, at=opened_at, pk=infusion.pk)


def test_results_of_screening_expire_after_their_last_day_at_the_site(scene):
    close = Infusion.objects.select_related("subject__site").get(pk=scene.close)
    until = stands_until_of(current_screening(close.subject).snapshots.latest("id"))
    assert until is not None
    past = start_of_day(until + timedelta(days=1), timezone=close.subject.site.timezone)
    expired = Break("DOS-ELIGIBILITY-EXPIRED", infusion="close")
    assert expired.code not in both(scene, expired, at=past - timedelta(seconds=1))
    assert expired.code in both(scene, expired, at=past)
    # A second infusion of the same subject asks no more.
    assert expired.code not in both(scene, Break("", infusion="close", row={"number": 2}), at=past)


def test_a_quarantine_stands_from_its_beginning_to_its_decision(scene):
    broken = Break("DOS-PRODUCT-QUARANTINED", (quarantine(),))
    apply(scene, broken)
    assert broken.code not in both(scene, broken, at=scene.at - timedelta(seconds=1))
    assert broken.code in both(scene, broken)


def infusion_in_slot(scene: Scene, slot: Slot, *, allocated_at: datetime) -> Infusion:
    """A subject of whom nothing is known but the slot, with a planned infusion."""
    person = User.objects.get(username="coordinator")
    other = Infusion.objects.select_related("subject").get(pk=scene.first).subject
    subject = Subject.objects.create(
        study=other.study,
        site=other.site,
        protocol_version=other.protocol_version,
        code="01-099",
        registered_at=allocated_at,
        registered_by=person,
    )
    Screening.objects.create(study=subject.study, number=9000, subject=subject, started_at=allocated_at)
    Allocation.objects.create(
        study=other.study,
        subject=subject,
        slot=slot,
        subject_number=99,
        allocated_at=allocated_at,
        allocated_by=person,
    )
    return Infusion.objects.create(
        subject=subject, number=1, planned_on=allocated_at.date(), protocol_version=subject.protocol_version
    )


@pytest.mark.parametrize("infusion", ["first", "second", "close", "early", "sequel"])
@pytest.mark.parametrize("hours", [-1500, -960, -900, -100, -30, -3, -1, 1, 2, 3, 30, 80, 200, 1000, 3000, 14000])
def test_they_agree_at_any_time(scene, infusion, hours):
    """Also about a start that is entered late, or when everything has expired."""
    both(scene, Break("", infusion=infusion), at=scene.at + timedelta(hours=hours))


def rows_of_first() -> list[Break]:
    return [broken for broken in BREAKS if broken.infusion == "first" and broken.statements]


@pytest.mark.parametrize("second", rows_of_first(), ids=lambda broken: broken.id)
@pytest.mark.parametrize("first", ["DOS-SLOT", "DOS-CONSENT-withdrawn", "DOS-ELIGIBILITY-UNSIGNED"])
def test_one_reason_hides_no_other_in_one_guard_alone(scene, first, second: Break):
    """Two things wrong: what each guard says of both is the same."""
    apply(scene, next(broken for broken in BREAKS if broken.id == first))
    if second.id != first:
        apply(scene, second)
    assert len(both(scene, second)) >= 1
