"""The study board and a person's work: what they show, to whom, and that more subjects cost no more queries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reports.selectors.board import board_of
from reports.selectors.work import work_of
from tests.builders.observed_cohort import ObservedCohort
from tests.builders.scenario import TrialScenario
from trial.edge.context import TrialContext
from trial.models import User
from trial.rules.states import HoldKind
from trial.services import holds

pytestmark = pytest.mark.django_db


def context_of(user: User) -> TrialContext:
    from django.test import RequestFactory

    request = RequestFactory().get("/")
    request.user = user
    request.session = {}  # type: ignore[assignment]  # nothing chosen
    return TrialContext(request)


def kinds(scenario: TrialScenario, username: str) -> list[str]:
    return [item.kind for item in work_of(context_of(scenario.people[username])).items]


def queries_of(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_an_empty_trial_shows_its_plan(browser_of: Callable[[str], Client]) -> None:
    page = browser_of("coordinator").get(reverse("board")).content.decode()
    assert page.count("Vacant") == 10
    assert "Gate 1" in page
    assert "Gate 2" in page
    assert "Gate 3" not in page


def test_a_dosed_subject_stands_in_its_slot_with_its_window(
    browser_of: Callable[[str], Client], scenario: TrialScenario
) -> None:
    infusion = scenario.dosed()
    ladder: Any = board_of(context_of(scenario.people["investigator"])).ladder
    slot = ladder["steps"][0]["slots"][0]
    assert slot["subject"] == infusion.subject.code
    assert (slot["given"], slot["planned"]) == (1, 1)
    assert slot["window"]["days_left"] == 29
    page = browser_of("investigator").get(reverse("board")).content.decode()
    assert reverse("subject", args=[infusion.subject.code]) in page


def test_every_number_is_a_link_to_what_it_counts(browser_of: Callable[[str], Client], scenario: TrialScenario) -> None:
    scenario.eligible()
    client = browser_of("coordinator")
    for stat in board_of(context_of(scenario.people["coordinator"])).stats:
        assert client.get(str(stat["url"])).status_code == 200, stat


def test_the_administrator_sees_no_clinical_data(browser_of: Callable[[str], Client], scenario: TrialScenario) -> None:
    subject = scenario.dosed().subject
    page = browser_of("admin").get(reverse("board")).content.decode()
    assert subject.code not in page
    assert "not part of your role" in page


def test_a_hold_stands_above_everything(browser_of: Callable[[str], Client], scenario: TrialScenario) -> None:
    holds.place(
        study=scenario.study,
        kind=HoldKind.MANUAL,
        reason="Two reactions on one day.",
        by=scenario.people["nurse"],
        at=scenario.at,
    )
    page = browser_of("sponsor").get(reverse("board")).content.decode()
    assert "Two reactions on one day." in page
    assert "hold" in kinds(scenario, "medicalmonitor")


def test_more_subjects_cost_no_more_queries(browser_of: Callable[[str], Client], scenario: TrialScenario) -> None:
    scenario.dosed()
    investigator, coordinator = browser_of("investigator"), browser_of("coordinator")
    before = [queries_of(c, reverse(name)) for c in (investigator, coordinator) for name in ("board", "work")]
    scenario.eligible()
    scenario.screened()
    scenario.consented()
    scenario.wait(days=15)
    scenario.dosed()
    after = [queries_of(c, reverse(name)) for c in (investigator, coordinator) for name in ("board", "work")]
    assert after == before
    assert max(after) <= 65


def test_work_comes_to_whoever_does_it(scenario: TrialScenario) -> None:
    scenario.eligible()
    scenario.screened()
    scenario.consented()
    assert {"allocation", "screening", "visit"} <= set(kinds(scenario, "coordinator"))
    assert "eligibility" in kinds(scenario, "investigator")
    assert kinds(scenario, "investigator").count("eligibility") == 1
    assert kinds(scenario, "sponsor") == []
    assert kinds(scenario, "auditor") == []


def test_an_infusion_waits_for_the_pharmacist_and_then_for_the_nurse(scenario: TrialScenario) -> None:
    subject = scenario.allocated()
    assert "infusion_plan" in kinds(scenario, "nurse")
    scenario.prepared(subject)
    assert "infusion" in kinds(scenario, "nurse")
    assert "infusion_plan" not in kinds(scenario, "nurse")
    assert "unit" not in kinds(scenario, "pharmacist")


def test_an_overdue_visit_comes_first(browser_of: Callable[[str], Client], scenario: TrialScenario) -> None:
    scenario.dosed()
    scenario.wait(days=5)
    first = work_of(context_of(scenario.people["coordinator"])).items[0]
    assert (first.kind, first.group) == ("visit", "OVERDUE")
    page = browser_of("coordinator").get(reverse("work")).content.decode()
    assert page.index("Overdue") < page.index("Record visit")
    assert first.url in page


def test_a_gate_waits_for_endorsement_review_and_vote(scenario: TrialScenario) -> None:
    cohort = ObservedCohort(scenario).dosed()
    cohort.morning(days=29)
    assert "endorsement" not in kinds(scenario, "investigator"), "the visits are open still"
    for subject in cohort.subjects:
        cohort.attend_all(subject)
    assert kinds(scenario, "investigator").count("endorsement") == 3
    for subject in cohort.subjects:
        cohort.endorse(subject)
    assert "endorsement" not in kinds(scenario, "investigator")
    assert "review" in kinds(scenario, "medicalmonitor")
    review = cohort.convene()
    assert "review" not in kinds(scenario, "medicalmonitor")
    assert "vote" in kinds(scenario, "investigator")
    assert "vote" not in kinds(scenario, "dsmb"), "the policy asks for other signatories"
    cohort.vote(review, "medicalmonitor")
    assert "vote" not in kinds(scenario, "medicalmonitor")


def test_the_gate_of_an_opened_cohort_stands_open_on_the_board(
    browser_of: Callable[[str], Client], scenario: TrialScenario
) -> None:
    ObservedCohort(scenario).opened()
    ladder: Any = board_of(context_of(scenario.people["sponsor"])).ladder
    assert next((gate["state"], len(gate["lacking"])) for gate in ladder["gates"]) == ("PASSED_PROCEED", 0)
    assert "Passed: proceed" in browser_of("sponsor").get(reverse("board")).content.decode()


def test_lapsed_training_says_why_nothing_can_be_done(
    browser_of: Callable[[str], Client], scenario: TrialScenario
) -> None:
    scenario.wait(days=390)
    scenario.wait(days=390)
    page = browser_of("coordinator").get(reverse("work")).content.decode()
    assert "PER-TRAINING" in page
    assert "training" in kinds(scenario, "investigator")


def test_the_api_gives_the_same(scenario: TrialScenario, browser_of: Callable[[str], Client]) -> None:
    scenario.dosed()
    scenario.wait(days=5)
    client = browser_of("coordinator")
    board = client.get("/api/v1/board/").json()
    assert board["ladder"]["steps"][0]["slots"][0]["given"] == 1
    assert board["ladder"]["gates"][0]["lacking"][0]["code"].startswith("GATE-")
    work = client.get("/api/v1/work/").json()
    assert work["items"][0]["group"] == "OVERDUE"
    assert browser_of("admin").get("/api/v1/board/").json()["ladder"] is None
