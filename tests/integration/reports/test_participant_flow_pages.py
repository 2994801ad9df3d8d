"""The participant flow: the same numbers in figure, tables and API, and every link leads to what it counts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.demonstration import bedside
from config.demonstration.participants import raised_liver_enzymes
from enrollment.models import Subject
from enrollment.rules.states import WithdrawalScope
from enrollment.selectors.eligibility import current_screening
from enrollment.services import screenings, subjects
from reports.selectors.participant_flow import participant_flow
from safety.services import replacements
from tests.builders.observed_cohort import ObservedCohort
from tests.builders.scenario import TrialScenario
from trial.edge.context import TrialContext
from trial.models import User
from trial.rules.site_time import site_date

pytestmark = pytest.mark.django_db
BrowserOf = Callable[[str], Client]
PAGE = "/participant-flow/"


def context_of(user: User) -> TrialContext:
    request = RequestFactory().get("/")
    request.user = user
    request.session = {}  # type: ignore[assignment]  # nothing chosen
    return TrialContext(request)


def fail(scenario: TrialScenario) -> Subject:
    subject = scenario.screened(raised_liver_enzymes(site_date(scenario.at, timezone=scenario.timezone)))
    screenings.fail(screening=current_screening(subject), by=scenario.people["coordinator"], at=scenario.at)
    return subject


def refuse(scenario: TrialScenario) -> Subject:
    version = scenario.consent_version
    return bedside.register(scenario.study, scenario.people, version=version, at=scenario.at, refused=True)


def withdraw(scenario: TrialScenario, subject: Subject) -> None:
    by = scenario.people["coordinator"]
    subjects.withdraw(subject=subject, scope=WithdrawalScope.ALL, reason="moved", by=by, at=scenario.at)


def a_trial_on_its_way(scenario: TrialScenario) -> ObservedCohort:
    """Two failed, one refused, one left screening, one in it, one waits; three dosed, one of them replaced."""
    cohort = ObservedCohort(scenario).dosed()
    withdraw(scenario, cohort.subjects[2])
    replacements.vacate_slot(
        subject=Subject.objects.get(pk=cohort.subjects[2].pk),
        reason="Withdrew inside the window",
        by=scenario.people["coordinator"],
        at=scenario.at,
    )
    scenario.allocated()
    fail(scenario)
    fail(scenario)
    refuse(scenario)
    withdraw(scenario, scenario.consented())
    scenario.consented()
    scenario.eligible()
    return cohort


def test_the_numbers_are_those_of_the_trial(scenario: TrialScenario, browser_of: BrowserOf) -> None:
    a_trial_on_its_way(scenario)
    found: dict[str, Any] = browser_of("monitor").get("/api/v1/participant-flow/").json()
    assert found["screening"] == {
        "participants": 10,
        "attempts": 10,
        "failed": 3,
        "failed_for": [{"first_code": "X1", "participants": 1}, {"first_code": "X4", "participants": 2}],
        "left": 1,
        "in_screening": 1,
        "waiting": 1,
        "allocated": 4,
    }
    first = found["cohorts"][0]
    assert (first["allocated"], first["slots"], first["required"]) == (4, 3, 3)
    assert (first["dosed"], first["infusions_given"], first["infusions_planned"]) == (3, 3, 4)
    assert (first["withdrawn"], first["lost"], first["died"], first["replaced"]) == (1, 0, 0, 1)
    assert (first["evaluable"], first["pending"], first["not_evaluable"]) == (0, 3, 0)
    assert [cohort["allocated"] for cohort in found["cohorts"]] == [4, 0, 0]


def test_everybody_stands_at_exactly_one_place(scenario: TrialScenario) -> None:
    a_trial_on_its_way(scenario)
    flow = participant_flow(context_of(scenario.people["investigator"]))
    assert flow.screening.is_consistent
    assert flow.screening.allocated == sum(cohort.allocated for cohort in flow.cohorts)
    assert flow.sites == ()


def test_a_replaced_subject_with_an_event_that_counts_is_evidence(scenario: TrialScenario) -> None:
    cohort = a_trial_on_its_way(scenario)
    third = cohort.subjects[2]
    cohort.report(third, onset=cohort.onset(third, days=0))
    first = participant_flow(context_of(scenario.people["investigator"])).cohorts[0]
    assert (first.events, [each.standing.value for each in first.participants].count("evaluable")) == (1, 1)


def test_an_empty_trial_is_a_flow_of_zeros(browser_of: BrowserOf) -> None:
    page = browser_of("sponsor").get(PAGE)
    assert page.status_code == 200
    assert "<svg" in page.content.decode()


def test_every_link_leads_to_a_page(scenario: TrialScenario, browser_of: BrowserOf) -> None:
    a_trial_on_its_way(scenario)
    client = browser_of("monitor")
    page = client.get(PAGE).content.decode()
    figure = page[page.index('<svg class="flow__figure"') : page.index("</figure>")]
    links = {link.replace("&amp;", "&").partition("#")[0] for link in re.findall(r'href="([^"]+)"', figure)}
    assert {reverse("waiting-list"), reverse("gate", args=[1])} <= links
    for link in links:
        assert client.get(link).status_code == 200, link


def test_a_link_to_the_list_of_subjects_counts_the_same(scenario: TrialScenario, browser_of: BrowserOf) -> None:
    a_trial_on_its_way(scenario)
    client = browser_of("monitor")
    screening = client.get("/api/v1/participant-flow/").json()["screening"]
    for state, number in (("SCREEN_FAILED", screening["failed"]), ("SCREENING", screening["in_screening"])):
        assert client.get(f"/api/v1/subjects/?state={state}").json()["count"] == number
    assert client.get("/api/v1/subjects/").json()["count"] == screening["participants"]


def test_figure_and_tables_hold_the_same_numbers(scenario: TrialScenario, browser_of: BrowserOf) -> None:
    a_trial_on_its_way(scenario)
    page = browser_of("monitor").get(PAGE)
    levels = {level["label"]: level for level in page.context["levels"]}
    assert levels["Infusions given"]["numbers"] == [3, 0, 0]
    assert levels["Allocated"]["total"] == 4
    drawn = [row.row for box in page.context["figure"].boxes for row in box.rows]
    assert [row.value for row in drawn if row.label == "Infusions given"] == ["3 of 4", "0 of 0", "0 of 0"]
    assert "X4 Liver or kidney" in [row.label for row in drawn]


def test_whoever_sees_no_subjects_sees_no_flow(browser_of: BrowserOf) -> None:
    assert browser_of("admin").get(PAGE).status_code == 403
    assert browser_of("admin").get("/api/v1/participant-flow/").status_code == 403


def test_more_participants_cost_no_more_queries(scenario: TrialScenario, browser_of: BrowserOf) -> None:
    scenario.dosed()
    client = browser_of("monitor")

    def queries() -> int:
        client.get(PAGE)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(PAGE).status_code == 200
        return len(captured)

    before = queries()
    fail(scenario)
    refuse(scenario)
    scenario.eligible()
    scenario.wait(days=15)
    scenario.dosed()
    assert queries() == before <= 42
