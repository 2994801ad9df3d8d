"""A trial in which five infusions stand at the bedside, each for another question to the guard.

Two subjects were dosed on day 0, one on day 37; it is day 40. ``Scene`` holds plain values only, so that a test may
look at it through any connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import psycopg2
import pytest

from tests.databases import Clone, Databases

DAYS_BETWEEN = (37, 3)


@dataclass(frozen=True, slots=True)
class BreachScene:
    """What was signed of a start of ``close`` at the time of the scene: all that it violates, and less than that."""

    violated: tuple[str, ...]
    signed_whole: int
    signed_in_part: int


@dataclass(frozen=True, slots=True)
class Scene:
    """Ids of infusions, and what a test needs beside them. Against ``first`` and ``second`` no reason stands.

    ``first``: the first infusion of the second subject of cohort 1. ``second``: a second infusion, 40 days after the
    first, with the reason for the delay. ``close``: the first infusion of a subject of cohort 3, three days after that
    of another. ``early``: a second infusion three days after the first. ``sequel``: a second infusion of which nothing
    is prepared, while the first one runs.
    """

    database: Clone
    at: datetime
    first: int
    second: int
    close: int
    early: int
    sequel: int
    people: dict[str, int]
    cohorts: dict[int, int]
    spare_unit: int
    signed_off_elsewhere: int
    signed_off_too_soon: int
    pending_snapshot: int
    gate_signatures: tuple[int, int]
    gate_dossier: str
    breach: BreachScene

    @property
    def named(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in ("first", "second", "close", "early", "sequel")}


@contextmanager
def built_scene(databases: Databases, unblock: Callable[[], object]) -> Iterator[Scene]:
    """A committed database with the scene in it, to which nobody is connected: others are made like it."""
    clone = databases.clone()
    try:
        with _connected(clone, unblock):
            scene = _build(clone)
            _leave_only_the_dosing_guard(clone)
        yield scene
    finally:
        databases.drop(clone)


@contextmanager
def prepared_scene(databases: Databases, unblock: Callable[[], object], *, like: Scene) -> Iterator[Scene]:
    """A committed database of its own with the scene in it, to which Django is connected meanwhile."""
    clone = databases.clone(like=like.database)
    try:
        with _connected(clone, unblock):
            yield replace(like, database=clone)
    finally:
        databases.drop(clone)


@contextmanager
def _connected(clone: Clone, unblock: Callable[[], object]) -> Iterator[None]:
    from django.db import connections

    with unblock(), pytest.MonkeyPatch.context() as patch:  # type: ignore[attr-defined]  # a context manager
        connections.close_all()
        patch.setitem(connections.settings["default"], "NAME", clone.name)
        try:
            yield
        finally:
            connections.close_all()


def _leave_only_the_dosing_guard(clone: Clone) -> None:
    """Single rows have guards of their own, which refuse most of what these tests break (``test_undoing_attacks``).

    The owner takes them away here, so that the dosing guard is shown to stand without them.
    """
    guarded = {
        "dosing_productunit": "b_unit",
        "enrollment_subject": "b_subject",
        "enrollment_allocation": "b_allocation",
        "enrollment_informedconsent": "b_consent",
        "enrollment_consentversion": "b_consent_version",
    }
    owner = psycopg2.connect(clone.owner_url)
    with owner, owner.cursor() as cursor:
        for table, trigger in guarded.items():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
    owner.close()


def _build(clone: Clone) -> Scene:
    from config.demonstration import bedside
    from dosing.models import Infusion, ProductUnit
    from dosing.services import infusions
    from tests.builders.scenario import TrialScenario
    from trial.rules.site_time import site_date
    from trial.services.regulated import regulated

    scenario = TrialScenario()
    people = scenario.people
    in_cohort_1 = [allocated(scenario) for _ in range(3)]
    dossier, signatures = open_cohort(scenario, number=2)
    in_cohort_2 = [allocated(scenario) for _ in range(4)]
    open_cohort(scenario, number=3)
    in_cohort_3 = [allocated(scenario), allocated(scenario, results_expire=True)]
    given = scenario.running(in_cohort_2[0])
    too_soon = sign_off(scenario, in_cohort_2[0].code, number=2)
    scenario.wait(minutes=40)
    bedside.complete(given, people, at=scenario.at)
    scenario.dosed(in_cohort_1[0])
    scenario.wait(days=DAYS_BETWEEN[0])
    open_again(scenario)
    for subject in (in_cohort_1[1], in_cohort_2[1], in_cohort_3[0]):
        sign_again(scenario, subject)
    scenario.dosed(in_cohort_3[0])
    scenario.wait(days=DAYS_BETWEEN[1])
    open_again(scenario)

    first = scenario.prepared(in_cohort_1[1])
    second = scenario.prepared(in_cohort_2[0], number=2)
    with regulated(by=people["nurse"], act="tests.prepare"):
        Infusion.objects.filter(pk=second.pk).update(interval_reason="The ward was closed")
    close = scenario.prepared(in_cohort_3[1])
    early = scenario.prepared(in_cohort_3[0], number=2)
    scenario.running(in_cohort_2[1])
    sequel = infusions.plan(
        subject=in_cohort_2[1],
        number=2,
        planned_on=site_date(scenario.at, timezone=scenario.timezone),
        by=people["nurse"],
        at=scenario.at,
    )
    open_again(scenario)
    elsewhere = sign_off(scenario, in_cohort_2[1].code, number=2)
    pending = sign_pending_verdict(scenario, first.subject)
    at = scenario.at
    breach = signed_breach(scenario, close, started_at=at)
    # What a test dates a second after the scene lies in the past as well.
    scenario.wait(seconds=2)
    return Scene(
        database=clone,
        at=at,
        first=first.pk,
        second=second.pk,
        close=close.pk,
        early=early.pk,
        sequel=sequel.pk,
        people={name: user.pk for name, user in people.items()},
        cohorts=dict(scenario.study.cohorts.values_list("number", "id")),
        spare_unit=ProductUnit.objects.filter(state="IN_STOCK").order_by("id")[0].pk,
        signed_off_elsewhere=elsewhere,
        signed_off_too_soon=too_soon,
        pending_snapshot=pending,
        gate_signatures=signatures,
        gate_dossier=dossier,
        breach=breach,
    )


def allocated(scenario, *, results_expire: bool = False):
    """A subject with a slot. Weeks pass in this scene: those who are dosed later sign again over newer results."""
    from config.demonstration import bedside
    from config.demonstration.participants import eligible_man
    from enrollment.models import Subject
    from trial.rules.site_time import site_date

    facts = eligible_man(site_date(scenario.at, timezone=scenario.timezone))
    if not results_expire:
        for key in ("pft_current_on", "ct_current_on", "hiv_on"):
            del facts[key]
    subject = scenario.screened(facts)
    bedside.sign_eligibility(subject, scenario.people, at=scenario.at)
    bedside.allocate(subject, scenario.people, at=scenario.at, order_reason="Who waits longer is away.")
    return Subject.objects.get(pk=subject.pk)


def sign_again(scenario, subject) -> None:
    """Eligibility over the results of today: those of the screening have expired."""
    from config.demonstration import bedside
    from config.demonstration.participants import eligible_man
    from trial.rules.site_time import site_date

    facts = eligible_man(site_date(scenario.at, timezone=scenario.timezone))
    bedside.enter_facts(subject, scenario.people, facts=facts, at=scenario.at)
    bedside.sign_eligibility(subject, scenario.people, at=scenario.at)


def open_cohort(scenario, *, number: int, read: bool = False) -> tuple[str, tuple[int, int]]:
    """Open a cohort by the signed decision over the one before it; ``read``: the nurse confirms having read it.

    Answers the hash of the dossier and the signatures.
    """
    from trial.models import Cohort
    from trial.services import clearance, readings

    cohort = Cohort.objects.get(study=scenario.study, number=number)
    dossier = f"{number:032x}{cohort.clearances.count():032x}"
    signed = sign_gate(scenario, cohort=number - 1, dossier=dossier)
    opened = clearance.open_cohort(
        cohort=cohort,
        decision_sha256=dossier,
        signatures=signed,
        valid_until=scenario.at + timedelta(days=90),
        by=scenario.people["investigator"],
        at=scenario.at,
    )
    if read:
        readings.confirm(clearance=opened, by=scenario.people["nurse"], at=scenario.at)
    return dossier, (signed[0].pk, signed[1].pk)


def open_again(scenario) -> None:
    """Every dose changes what the gates compute, and closes the cohorts behind them until somebody signs again."""
    from trial.models import CohortClearance

    for number in (2, 3):
        if not CohortClearance.objects.filter(cohort__number=number, revoked_at__isnull=True).exists():
            open_cohort(scenario, number=number, read=True)


def sign_gate(scenario, *, cohort: int, dossier: str, decision: str = "PROCEED"):
    content = {"type": "gate_decision", "decision": decision, "cohort": cohort, "dossier_sha256": dossier}
    return [
        _sign(scenario, person, "gate_decision", {**content, "voter": person})
        for person in ("investigator", "medicalmonitor")
    ]


def sign_off(scenario, subject: str, *, number: int) -> int:
    content = {"type": "inter_infusion_signoff", "subject": subject, "infusion": number}
    return _sign(scenario, "investigator", "inter_infusion_signoff", content).pk


REPORT = {"reported_by": "The nurse on duty", "reason": "The network was down"}


def signed_breach(scenario, close, *, started_at: datetime) -> BreachScene:
    """Signatures over a start of ``close`` then by the nurse, which comes too soon after another subject's."""
    from dosing.models import Infusion

    infusion = Infusion.objects.get(pk=close.pk)
    content = REPORT | {
        "type": "guard_breach",
        "subject": close.subject.code,
        "infusion": 1,
        "unit": infusion.unit_id,
        "started_at": started_at,
        "performed_by": "nurse",
    }
    violated = ["DOS-ELIGIBILITY-EXPIRED", "DOS-SENTINEL", "DOS-STAGGER"]
    whole, part = (
        _sign(scenario, "investigator", "guard_breach", content | {"violated": codes}).pk
        for codes in (violated, violated[:1])
    )
    return BreachScene(violated=tuple(violated), signed_whole=whole, signed_in_part=part)


def sign_pending_verdict(scenario, subject) -> int:
    """A signature over a verdict that is not "eligible"; the id of the signature, for a snapshot that a test makes."""
    from enrollment.selectors.eligibility import current_screening

    content = {
        "type": "eligibility",
        "subject": subject.code,
        "facts_sha256": current_screening(subject).facts_sha256,
        "overall": "pending",
    }
    return _sign(scenario, "investigator", "eligibility", content).pk


def _sign(scenario, person: str, meaning: str, content: dict):
    from config.demonstration.people import proof
    from trial.models import Membership
    from trial.rules.roles import Role
    from trial.rules.states import Meaning
    from trial.services.regulated import regulated
    from trial.services.signatures import content_hash, sign

    user = scenario.people[person]
    with regulated(by=user, act="tests.sign"):
        return sign(
            proof=proof(user, content_hash(content)),
            study=scenario.study,
            role=Role(Membership.objects.get(user=user).role),
            meaning=Meaning(meaning),
            content=content,
            seen_sha256=content_hash(content),
            at=scenario.at,
        )
