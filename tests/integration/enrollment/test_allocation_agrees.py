"""Page, API, ``explain allocation`` and the database's trigger say the same of the same subject."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from config.demonstration import bedside
from enrollment.models import Allocation, EligibilitySnapshot, Subject
from enrollment.rules.states import WithdrawalScope
from enrollment.selectors.allocation import allocation_facts, next_slot
from enrollment.selectors.eligibility import current_screening, is_intact
from enrollment.selectors.waiting import waiting_list
from enrollment.services import subjects
from reports.explain import What
from reports.explain.answering import answer
from safety.services import replacements
from tests.builders.prepared import open_cohort
from tests.builders.scenario import TrialScenario
from trial.models import CohortClearance
from trial.services.regulated import regulated

pytestmark = pytest.mark.django_db


def allowed(scenario: TrialScenario) -> Subject:
    return scenario.eligible()


def screened(scenario: TrialScenario) -> Subject:
    return scenario.screened()


def refused_consent(scenario: TrialScenario) -> Subject:
    version = scenario.consent_version
    return bedside.register(scenario.study, scenario.people, version=version, at=scenario.at, refused=True)


def broken(scenario: TrialScenario) -> Subject:
    subject = scenario.eligible()
    facts = dict(current_screening(subject).facts) | {"got_u_l": "33"}
    bedside.enter_facts(subject, scenario.people, facts=facts, at=scenario.at)
    return subject


def closed(scenario: TrialScenario) -> Subject:
    for _ in range(3):
        scenario.allocated()
    return scenario.eligible()


def revoked(scenario: TrialScenario) -> Subject:
    subject = scenario.eligible()
    with regulated(by=scenario.people["admin"], act="tests.revoke"):
        CohortClearance.objects.update(revoked_at=scenario.at, revoked_reason="A question of safety")
    return subject


def second_in_line(scenario: TrialScenario) -> Subject:
    scenario.eligible()
    return scenario.eligible()


def second_in_line_of_a_closed_cohort(scenario: TrialScenario) -> Subject:
    closed(scenario)
    return scenario.eligible()


def already_allocated(scenario: TrialScenario) -> Subject:
    return scenario.allocated()


def left(scenario: TrialScenario) -> Subject:
    subject = scenario.allocated()
    subjects.withdraw(
        subject=subject, scope=WithdrawalScope.ALL, reason="moved", by=scenario.people["coordinator"], at=scenario.at
    )
    return subject


def replacement(scenario: TrialScenario) -> Subject:
    replacements.vacate_slot(
        subject=left(scenario), reason="Left before a dose", by=scenario.people["coordinator"], at=scenario.at
    )
    return scenario.eligible()


def all_filled(scenario: TrialScenario) -> Subject:
    for number in (2, 3):
        open_cohort(scenario, number=number)
    for _ in range(10):
        scenario.allocated()
    return scenario.eligible()


CASES: list[tuple[Callable[[TrialScenario], Subject], set[str]]] = [
    (allowed, set()),
    (screened, {"ALC-STATE", "ALC-ELIGIBILITY-UNSIGNED"}),
    (refused_consent, {"ALC-STATE", "ALC-CONSENT", "ALC-ELIGIBILITY-UNSIGNED"}),
    (broken, {"ALC-STATE", "ALC-ELIGIBILITY-BROKEN"}),
    (closed, {"ALC-COHORT-CLOSED"}),
    (revoked, {"ALC-COHORT-CLOSED"}),
    (second_in_line, {"ALC-ORDER"}),
    (second_in_line_of_a_closed_cohort, {"ALC-COHORT-CLOSED", "ALC-ORDER"}),
    (already_allocated, {"ALC-STATE"}),
    (left, {"ALC-STATE", "ALC-CONSENT"}),
    (replacement, set()),
    (all_filled, {"ALC-NO-SLOT"}),
]


@pytest.mark.parametrize(("build", "codes"), CASES, ids=[build.__name__ for build, _ in CASES])
def test_all_of_them_agree(scenario, browser_of, program_of, build, codes):
    subject = Subject.objects.get(pk=build(scenario).pk)
    page = browser_of("coordinator").get(reverse("allocate", args=[subject.code]))
    assert {reason.code for reason in page.context["reasons"]} == codes
    api = program_of("coordinator").get(f"/api/v1/subjects/{subject.code}/allocation/").json()
    assert {reason["code"] for reason in api["reasons"]} == codes
    text = json.dumps(document_of(scenario, subject))
    explained = json.loads(answer(What.ALLOCATION, text=text, overrides=[]))
    assert {reason["code"] for reason in explained["reasons"]} == codes
    assert [reason["message"] for reason in explained["reasons"]] == [reason["message"] for reason in api["reasons"]]
    if "ALC-NO-SLOT" not in codes:  # a row without a slot cannot be written
        assert reasons_of_the_database(scenario, subject) == codes


def reasons_of_the_database(scenario: TrialScenario, subject: Subject) -> set[str]:
    """What the trigger would say of the row that the service would write."""
    slot, facts = next_slot(scenario.study), allocation_facts(subject, at=scenario.at)
    assert slot is not None
    row = {
        "study_id": scenario.study.pk,
        "subject_id": subject.pk,
        "slot_id": slot.pk,
        "subject_number": facts.next_number,
        "allocated_at": scenario.at.isoformat(),
        "passed_over": list(facts.ahead),
        "order_reason": "",
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT stepwise_allocation_reasons(jsonb_populate_record(NULL::enrollment_allocation, %s), trial_now())",
            [json.dumps(row)],
        )
        (reasons,) = cursor.fetchone()
    return set(reasons)


def document_of(scenario: TrialScenario, subject: Subject) -> dict[str, Any]:
    """The document of ``explain allocation`` from the rows."""
    screening = current_screening(subject)
    snapshot = EligibilitySnapshot.objects.filter(screening=screening).order_by("-pk").first()
    waiting = {each.subject.pk: each.since for each in waiting_list(scenario.study)}
    return {
        "at": scenario.at.isoformat(),
        "subject": subject.code,
        "state": subject.state,
        "consents": [
            {"given_at": c.given_at.isoformat(), "withdrawn_at": c.withdrawn_at and c.withdrawn_at.isoformat()}
            for c in subject.consents.filter(status="SIGNED")
        ],
        "eligibility": snapshot
        and {
            "signed_at": (waiting.get(subject.pk) or snapshot.signature.signed_at).isoformat(),
            "intact": is_intact(snapshot, screening),
            "verdict": snapshot.overall,
        },
        "allocations": [
            {
                "subject": a.subject.code,
                "slot": a.slot.number,
                "allocated_at": a.allocated_at.isoformat(),
                "vacated_at": a.vacated_at and a.vacated_at.isoformat(),
            }
            for a in Allocation.objects.select_related("subject", "slot").order_by("pk")
        ],
        "clearances": [
            {
                "cohort": k.cohort.number,
                "opened_at": k.opened_at.isoformat(),
                "revoked_at": k.revoked_at and k.revoked_at.isoformat(),
            }
            for k in CohortClearance.objects.select_related("cohort")
        ],
        "waiting": [
            {"subject": each.subject.code, "since": each.since.isoformat()}
            for each in waiting_list(scenario.study)
            if each.subject.pk != subject.pk
        ],
    }
