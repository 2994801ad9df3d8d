"""The page of a cohort: slots, exposure, intervals, and what may happen next with every reason why not yet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrollment.models import Subject
from enrollment.rules.states import WithdrawalScope
from enrollment.services import subjects
from safety.services import replacements
from tests.builders.elsewhere import investigator_elsewhere
from tests.builders.observed_cohort import ObservedCohort
from tests.builders.scenario import TrialScenario
from tests.builders.signing import signed_in
from trial.rules.site_time import site_date
from trial.rules.states import HoldKind
from trial.services import holds
from trial.templatetags.look import quantity

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812

BrowserOf = Callable[[str], Client]
READERS = (
    "coordinator",
    "investigator",
    "pharmacist",
    "nurse",
    "monitor",
    "medicalmonitor",
    "dsmb",
    "sponsor",
    "auditor",
)


def told(client: Client, number: int) -> dict[str, Any]:
    answer = client.get(f"/api/v1/cohorts/{number}/")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def step(found: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(each for each in found["next"] if each["kind"] == kind)


def codes(shown: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in shown["reasons"]]


def page_of(client: Client, number: int) -> str:
    return client.get(reverse("cohort", args=[number])).content.decode()


def queries_of(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.django_db
def test_whoever_may_see_subjects_comes_here_by_the_navigation(browser_of: BrowserOf) -> None:
    for username in READERS:
        board = browser_of(username).get(reverse("board")).content.decode()
        assert reverse("cohort-list") in board, username
        assert reverse("calendar") in board, username
    assert browser_of("admin").get(reverse("cohort", args=[1])).status_code == 403
    assert browser_of("sponsor").get(reverse("cohort", args=[4])).status_code == 404


@pytest.mark.django_db
def test_an_empty_cohort_says_what_it_waits_for(browser_of: BrowserOf) -> None:
    client = browser_of("sponsor")
    first, second = told(client, 1), told(client, 2)
    assert (first["is_open"], first["gate_before"], first["next_slot"]) == (True, None, "C1-1")
    assert codes(step(first, "allocation")) == ["ALC-NOBODY-WAITS"]
    assert (second["is_open"], second["next_slot"], second["clearance"]) == (False, None, None)
    assert second["gate_before"]["cohort"] == 1
    assert all(slot["holder"] is None for slot in second["slots"])
    assert "no signed decision has opened it" in page_of(client, 2)


@pytest.mark.django_db
def test_the_next_slot_is_for_who_waits_longest(browser_of: BrowserOf, scenario: TrialScenario) -> None:
    waiting = scenario.eligible()
    scenario.eligible()
    client = browser_of("coordinator")
    found = told(client, 1)
    fill = step(found, "allocation")
    assert (fill["slot"], fill["subject"], fill["allowed"], found["waiting"]) == ("C1-1", waiting.code, True, 2)
    assert reverse("allocate", args=[waiting.code]) in page_of(client, 1)


@pytest.mark.django_db
def test_of_a_closed_cohort_the_gate_says_why(browser_of: BrowserOf, scenario: TrialScenario) -> None:
    ObservedCohort(scenario).dosed()
    scenario.eligible()
    fill = step(told(browser_of("coordinator"), 2), "allocation")
    assert (fill["slot"], fill["allowed"]) == ("C2-1", False)
    assert {"ALC-COHORT-CLOSED", "GATE-DECISION"} <= set(codes(fill))


@pytest.mark.django_db
def test_g31_the_second_subject_waits_for_the_sentinel(browser_of: BrowserOf, scenario: TrialScenario) -> None:
    cohort = ObservedCohort(scenario)
    cohort.dose()
    day = site_date(scenario.at, timezone=scenario.timezone)
    second = scenario.allocated()
    client = browser_of("nurse")
    found = told(client, 1)
    infusion = step(found, "infusion")
    assert (infusion["subject"], infusion["infusion"], infusion["infusion_id"]) == (second.code, 1, None)
    assert (infusion["from_on"], codes(infusion)) == (
        str(day + timedelta(days=14)),
        ["DOS-SENTINEL", "DOS-STAGGER"],
    )
    assert found["intervals"]["earliest_on"] == str(day + timedelta(days=14))
    assert reverse("infusion-plan", args=[second.code]) in page_of(client, 1)
    cohort.morning(days=14)
    assert step(told(client, 1), "infusion")["allowed"] is True
    assert "Clear before the day" in page_of(client, 1)


@pytest.mark.django_db
def test_a_hold_stands_above_and_among_the_reasons(browser_of: BrowserOf, scenario: TrialScenario) -> None:
    scenario.allocated()
    holds.place(
        study=scenario.study, kind=HoldKind.MANUAL, reason="Two reactions.", by=scenario.people["nurse"], at=scenario.at
    )
    found = told(browser_of("dsmb"), 1)
    assert [hold["reason"] for hold in found["holds"]] == ["Two reactions."]
    assert codes(step(found, "infusion")) == ["DOS-STUDY-HOLD"]
    assert "Two reactions." in page_of(browser_of("dsmb"), 1)


@pytest.mark.django_db
def test_what_runs_comes_first(browser_of: BrowserOf, scenario: TrialScenario) -> None:
    running = scenario.running()
    found = told(browser_of("nurse"), 1)
    assert (found["next"][0]["kind"], found["next"][0]["infusion_id"]) == ("running", running.pk)
    assert (found["next"][0]["state"], found["next"][0]["allowed"]) == ("RUNNING", True)


@pytest.mark.django_db
def test_exposure_is_per_infusion_and_in_sum(browser_of: BrowserOf, scenario: TrialScenario) -> None:
    infusion = scenario.dosed()
    infusion.refresh_from_db()
    holder = told(browser_of("sponsor"), 1)["slots"][0]["holder"]
    assert holder["exposure"]["given_million_per_kg"] == str(infusion.given_million_per_kg)
    (given,) = holder["infusions"]
    assert given["given_million_per_kg"] == str(infusion.given_million_per_kg)
    assert given["relative_dose_intensity"] == holder["exposure"]["relative_dose_intensity"]
    assert given["given_on"] == str(site_date(scenario.at, timezone=scenario.timezone))
    page = page_of(browser_of("sponsor"), 1)
    assert quantity(infusion.given_million_per_kg, "× 10⁶/kg") in page
    line = browser_of("sponsor").get("/api/v1/cohorts/").json()[0]
    assert (line["dosed"], line["infusions_begun"]) == (1, 1)
    assert line["given_million_per_kg"] == str(infusion.given_million_per_kg)


@pytest.mark.django_db
def test_g29_a_late_second_infusion_shows_how_late(browser_of: BrowserOf, scenario: TrialScenario) -> None:
    """The window of the second infusion, seen from the day of the first; cohort 2 by the real gate."""
    cohort = ObservedCohort(scenario).opened()
    subject = cohort.allocated()
    scenario.dosed(subject)
    day = site_date(scenario.at, timezone=scenario.timezone)
    infusion = step(told(browser_of("nurse"), 2), "infusion")
    assert (infusion["infusion"], infusion["from_on"]) == (2, str(day + timedelta(days=28)))
    assert (infusion["until_on"], codes(infusion)) == (str(day + timedelta(days=35)), ["DOS-INTERVAL"])
    cohort.morning(days=37)
    late = step(told(browser_of("nurse"), 2), "infusion")
    assert codes(late) == ["DOS-INTERVAL-REASON"]


@pytest.mark.django_db
def test_who_was_replaced_stands_beside_who_came(browser_of: BrowserOf, scenario: TrialScenario) -> None:
    subject = scenario.dosed().subject
    coordinator = scenario.people["coordinator"]
    subjects.withdraw(subject=subject, scope=WithdrawalScope.ALL, reason="moved", by=coordinator, at=scenario.at)
    replacements.vacate_slot(
        subject=Subject.objects.get(pk=subject.pk), reason="Withdrew in the window", by=coordinator, at=scenario.at
    )
    client = browser_of("monitor")
    slot = told(client, 1)["slots"][0]
    assert (slot["holder"], [each["subject"] for each in slot["earlier"]]) == (None, [subject.code])
    assert slot["earlier"][0]["vacated_reason"] == "Withdrew in the window"
    newcomer = scenario.allocated()
    slot = told(client, 1)["slots"][0]
    assert (slot["holder"]["subject"], slot["holder"]["number"]) == (newcomer.code, 11)
    page = page_of(client, 1)
    assert "Withdrew in the window" in page
    assert "left the slot" in page


@pytest.mark.parametrize("address", ["/cohorts/1/", "/cohorts/", "/api/v1/cohorts/1/", "/api/v1/cohorts/"])
@pytest.mark.django_db
def test_more_subjects_and_infusions_cost_no_more_queries(
    browser_of: BrowserOf, scenario: TrialScenario, address: str
) -> None:
    cohort = ObservedCohort(scenario)
    cohort.dose()
    scenario.eligible()
    client = browser_of("coordinator")
    before = queries_of(client, address)
    scenario.prepared()
    scenario.allocated()
    scenario.eligible()
    cohort.report(cohort.subjects[0], onset=cohort.onset(cohort.subjects[0], days=0))
    # Once all slots are filled, nobody is judged for the next one any more.
    assert queries_of(client, address) <= before
    assert before <= 60


def test_of_another_site_nothing_is_told_but_that_a_slot_is_filled(
    committed_db: None, owner_connection: Connection
) -> None:
    scenario = TrialScenario()
    dosed = scenario.dosed().subject.code
    planned = scenario.prepared().subject.code
    waiting = scenario.eligible().code
    there = signed_in(investigator_elsewhere(scenario, owner_connection))
    here = signed_in(scenario.people["nurse"])
    addresses = ["/cohorts/1/", "/api/v1/cohorts/1/", "/calendar/", "/calendar/list/", "/api/v1/calendar/"]
    for address in addresses:
        shown = there.get(address).content.decode()
        for code in (dosed, planned, waiting):
            assert code not in shown, address
    assert all(dosed in here.get(address).content.decode() for address in addresses)
    found = told(there, 1)
    holder = found["slots"][0]["holder"]
    assert (holder["subject"], holder["number"], holder["exposure"], holder["infusions"]) == ("", 1, None, [])
    assert {step["allowed"] for step in found["next"] if step["kind"] in ("infusion", "allocation")} == {None}
    assert "another site" in page_of(there, 1)
