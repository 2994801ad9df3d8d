"""G34: two people want the last slot of a cohort at once. Exactly one gets it; the other learns why not.

The same for replacement: of two who vacate a slot one does, and who allocates meanwhile takes it afterwards or not.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from enrollment.models import Allocation, Subject
from enrollment.rules.states import SubjectState, WithdrawalScope
from enrollment.services import allocations, subjects
from safety.services import replacements
from tests.builders.scenario import TrialScenario
from tests.databases import Clone
from trial import clock
from trial.errors import RuleViolation
from trial.models import User

WAIT_SECONDS = 20.0


Act = Callable[[], object]


def allocating(subject: Subject, username: str) -> Act:
    """In turn or before it: who is first in line shall not decide who wins."""
    return lambda: allocations.allocate(
        subject=subject, by=User.objects.get(username=username), at=clock.now(), order_reason="Called first."
    )


def vacating(subject: Subject, username: str) -> Act:
    return lambda: replacements.vacate_slot(
        subject=subject, reason="Left before a dose", by=User.objects.get(username=username), at=clock.now()
    )


def refusal_of(act: Act, barrier: threading.Barrier) -> tuple[str, ...]:
    """The codes of the refusal; none: it was done."""
    try:
        barrier.wait(WAIT_SECONDS)
        act()
    except RuleViolation as refusal:
        return refusal.decision.codes
    finally:
        connection.close()
    return ()


def at_once(*acts: Act) -> list[tuple[str, ...]]:
    barrier = threading.Barrier(len(acts))
    with ThreadPoolExecutor(len(acts)) as pool:
        outcomes = [pool.submit(refusal_of, act, barrier) for act in acts]
        return [outcome.result(WAIT_SECONDS) for outcome in outcomes]


def left_undosed(scenario: TrialScenario) -> Subject:
    """A subject who withdrew with the slot in hand."""
    subject = scenario.allocated()
    subjects.withdraw(
        subject=subject,
        scope=WithdrawalScope.ALL,
        reason="moved away",
        by=scenario.people["coordinator"],
        at=scenario.at,
    )
    return Subject.objects.get(pk=subject.pk)


@pytest.mark.parametrize("attempt", range(3))
def test_of_two_subjects_exactly_one_gets_the_last_slot(committed_db: Clone, attempt: int):
    scenario = TrialScenario()
    scenario.allocated()
    scenario.allocated()
    one, other = scenario.eligible(), scenario.eligible()
    results = at_once(allocating(one, "coordinator"), allocating(other, "investigator"))
    assert sorted(results) == [(), ("ALC-COHORT-CLOSED",)]
    winner, loser = (one, other) if results[0] == () else (other, one)
    assert Allocation.objects.get(subject=winner).slot.label == "C1-3"
    assert not Allocation.objects.filter(subject=loser).exists()
    assert Subject.objects.get(pk=loser.pk).state == SubjectState.ELIGIBLE
    assert Allocation.objects.count() == 3


def test_of_two_people_exactly_one_allocates_the_same_subject(committed_db: Clone):
    scenario = TrialScenario()
    subject = scenario.eligible()
    results = at_once(allocating(subject, "coordinator"), allocating(subject, "investigator"))
    assert sorted(results) == [(), ("ALC-STATE",)]
    assert Allocation.objects.get().slot.label == "C1-1"


def test_of_two_people_exactly_one_vacates_a_slot(committed_db: Clone):
    subject = left_undosed(TrialScenario())
    results = at_once(vacating(subject, "coordinator"), vacating(subject, "investigator"))
    assert sorted(results) == [(), ("RPL-SLOT",)]
    assert Allocation.objects.get().vacated_at is not None


def test_of_two_replacements_only_so_many_as_the_cohort_may_have(committed_db: Clone):
    """One of two is left of the cap, and two want it."""
    scenario = TrialScenario()
    left = [left_undosed(scenario) for _ in range(3)]
    vacating(left[0], "coordinator")()
    results = at_once(vacating(left[1], "coordinator"), vacating(left[2], "investigator"))
    assert sorted(results) == [(), ("RPL-MOST",)]
    assert Allocation.objects.filter(vacated_at__isnull=False).count() == 2


@pytest.mark.parametrize("attempt", range(3))
def test_who_allocates_while_a_slot_is_vacated_takes_it_or_waits(committed_db: Clone, attempt: int):
    """The cohort is full but for the slot that is being vacated: it is seen whole, or not yet."""
    scenario = TrialScenario()
    left = left_undosed(scenario)
    scenario.allocated()
    scenario.allocated()
    waiting = scenario.eligible()
    vacated, allocated = at_once(vacating(left, "investigator"), allocating(waiting, "coordinator"))
    assert vacated == ()
    held = Allocation.objects.filter(subject=waiting).values_list("slot__label", "subject_number")
    assert (allocated, list(held)) in [((), [("C1-1", 11)]), (("ALC-COHORT-CLOSED",), [])]
    assert Allocation.objects.filter(vacated_at__isnull=True).count() == 2 + len(held)


def test_two_replacements_of_two_slots_receive_two_numbers(committed_db: Clone):
    scenario = TrialScenario()
    left = [left_undosed(scenario) for _ in range(2)]
    scenario.allocated()
    for subject in left:
        vacating(subject, "coordinator")()
    one, other = scenario.eligible(), scenario.eligible()
    assert at_once(allocating(one, "coordinator"), allocating(other, "investigator")) == [(), ()]
    given = Allocation.objects.filter(subject__in=[one, other]).order_by("subject_number")
    assert [(each.slot.label, each.subject_number) for each in given] == [("C1-1", 11), ("C1-2", 12)]
