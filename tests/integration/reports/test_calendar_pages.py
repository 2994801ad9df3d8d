"""The calendar of infusions: what was given, planned and is due, with its days, its product and what stands against."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.demonstration import bedside
from dosing.models import Infusion
from dosing.rules.states import NotGivenBecause
from dosing.services import infusions
from enrollment.models import Subject
from followup.models import Visit
from followup.services import losses
from tests.builders.observed_cohort import ObservedCohort
from tests.builders.scenario import TrialScenario
from trial.rules.site_time import site_date
from trial.rules.states import HoldKind
from trial.services import holds

pytestmark = pytest.mark.django_db
BrowserOf = Callable[[str], Client]
API = "/api/v1/calendar/"
PAGES = ("calendar", "calendar-list")


def today(scenario: TrialScenario) -> date:
    return site_date(scenario.at, timezone=scenario.timezone)


def told(client: Client, **asked: object) -> dict[str, Any]:
    answer = client.get(API, asked)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def plan(scenario: TrialScenario, subject: Subject, *, on: date) -> Infusion:
    return infusions.plan(subject=subject, number=1, planned_on=on, by=scenario.people["nurse"], at=scenario.at)


def codes(entry: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in entry["reasons"]]


def queries_of(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_an_infusion_given_stands_on_the_day_on_which_it_began(browser_of: BrowserOf, scenario: TrialScenario) -> None:
    given = scenario.dosed()
    day = today(scenario)
    (entry,) = told(browser_of("sponsor"))["entries"]
    assert (entry["on"], entry["id"], entry["state"], entry["is_ahead"]) == (str(day), given.pk, "COMPLETED", False)
    assert (entry["unit"], entry["reasons"], entry["due_from"]) == (given.unit_id, [], None)
    for name in PAGES:
        page = browser_of("sponsor").get(reverse(name)).content.decode()
        assert reverse("infusion", args=[given.pk]) in page


def test_a_planned_one_is_judged_for_its_day(browser_of: BrowserOf, scenario: TrialScenario) -> None:
    """Thirteen days after the first subject is too early, fourteen is not."""
    cohort = ObservedCohort(scenario)
    cohort.dose()
    first = today(scenario)
    early, later = scenario.allocated(), scenario.allocated()
    plan(scenario, early, on=first + timedelta(days=13))
    plan(scenario, later, on=first + timedelta(days=14))
    client = browser_of("pharmacist")
    found = told(client)
    entries = {entry["subject"]: entry for entry in found["entries"] if entry["is_ahead"]}
    assert codes(entries[early.code]) == ["DOS-SENTINEL"]
    assert codes(entries[later.code]) == []
    assert entries[later.code]["due_from"] == str(first + timedelta(days=14))
    assert (found["units_needed"], entries[later.code]["unit"]) == (2, None)
    page = client.get(reverse("calendar-list")).content.decode()
    assert "DOS-SENTINEL" in page
    assert "planned outside these days" in page
    assert "1 unit, none assigned yet" in page


def test_a_hold_stands_against_every_infusion_ahead(browser_of: BrowserOf, scenario: TrialScenario) -> None:
    plan(scenario, scenario.allocated(), on=today(scenario) + timedelta(days=3))
    holds.place(
        study=scenario.study, kind=HoldKind.MANUAL, reason="Two reactions.", by=scenario.people["nurse"], at=scenario.at
    )
    (entry,) = told(browser_of("nurse"))["entries"]
    assert codes(entry) == ["DOS-STUDY-HOLD"]
    for name in PAGES:
        assert "Two reactions." in browser_of("nurse").get(reverse(name)).content.decode()


def test_what_nobody_has_planned_stands_on_the_first_day_it_may_be_given(
    browser_of: BrowserOf, scenario: TrialScenario
) -> None:
    subject = scenario.allocated()
    (entry,) = told(browser_of("nurse"))["entries"]
    assert (entry["on"], entry["id"], entry["state"], entry["subject"]) == (
        str(today(scenario)),
        None,
        "",
        subject.code,
    )
    page = browser_of("nurse").get(reverse("calendar")).content.decode()
    assert reverse("infusion-plan", args=[subject.code]) in page
    assert "To plan" in page


def test_the_unit_meant_for_it_is_shown_with_its_state(browser_of: BrowserOf, scenario: TrialScenario) -> None:
    infusion = scenario.prepared()
    found = told(browser_of("pharmacist"))
    (entry,) = found["entries"]
    assert entry["unit"] is not None
    assert found["units_needed"] == 0
    assert found["units_in_stock"] == 19
    page = browser_of("pharmacist").get(reverse("calendar-list")).content.decode()
    assert reverse("unit", args=[entry["unit"]]) in page
    assert reverse("infusion", args=[infusion.pk]) in page


def test_one_that_will_not_be_given_stays_on_its_day(browser_of: BrowserOf, scenario: TrialScenario) -> None:
    infusion = plan(scenario, scenario.allocated(), on=today(scenario) + timedelta(days=2))
    assert told(browser_of("nurse"))["entries"][0]["is_ahead"] is True
    infusions.not_given(
        infusion=infusion,
        because=NotGivenBecause.LOGISTIC,
        reason="The courier did not come",
        by=scenario.people["nurse"],
        at=scenario.at,
    )
    entries = told(browser_of("nurse"))["entries"]
    gone = next(entry for entry in entries if entry["id"] == infusion.pk)
    assert (gone["state"], gone["is_ahead"], gone["on"]) == ("NOT_GIVEN", False, str(infusion.planned_on))


def test_whoever_is_lost_is_not_prepared(browser_of: BrowserOf, scenario: TrialScenario) -> None:
    planned, to_plan = scenario.allocated(), scenario.allocated()
    plan(scenario, planned, on=today(scenario) + timedelta(days=2))
    for subject in (planned, to_plan):
        losses.record(
            subject=Subject.objects.get(pk=subject.pk),
            lost_on=today(scenario),
            attempts="Called three times",
            by=scenario.people["coordinator"],
            at=scenario.at,
        )
    (entry,) = told(browser_of("nurse"))["entries"]
    assert (entry["subject"], codes(entry)) == (planned.code, ["DOS-LOST"])


def test_visits_are_counted_by_day_and_lead_to_their_list(browser_of: BrowserOf, scenario: TrialScenario) -> None:
    scenario.dosed()
    client = browser_of("coordinator")
    found = told(client)
    day = found["visits"][0]
    listed = client.get("/api/v1/visits/", {"nominal_from": day["on"], "nominal_to": day["on"]}).json()
    planned = Visit.objects.filter(state="PLANNED", nominal_on=day["on"]).count()
    assert day["visits"] == planned
    assert listed["count"] >= planned > 0
    month = client.get(reverse("calendar"), {"month": day["on"][:7]}).content.decode()
    assert f"nominal_from={day['on']}" in month


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-02-30"}, "from"),
        ({"to": "31.12.2026"}, "to"),
        ({"from": "2026-12-02", "to": "2026-12-01"}, "to"),
        ({"from": "2026-01-01", "to": "2027-01-03"}, "to"),
        ({"from": "0001-01-01"}, "from"),
        ({"to": "9999-12-31"}, "to"),
        ({"from": "2026-01-01\x00"}, "from"),
        ({"site": "NOWHERE"}, "site"),
        ({"site": "\x00"}, "site"),
    ],
)
def test_nonsense_is_refused_at_the_field(browser_of: BrowserOf, asked: dict[str, str], field: str) -> None:
    client = browser_of("nurse")
    refused = client.get(API, asked)
    assert (refused.status_code, list(refused.json())) == (400, [field])
    page = client.get(reverse("calendar-list"), asked)
    assert page.status_code == 400
    assert f"id_{field}_error" in page.content.decode()


@pytest.mark.parametrize("month", ["2026-13", "x", "0001-01", "9999-12", "2026-01-01", "\x00"])
def test_a_month_that_is_none_is_refused_at_the_field(browser_of: BrowserOf, month: str) -> None:
    page = browser_of("nurse").get(reverse("calendar"), {"month": month})
    assert page.status_code == 400
    assert "id_month_error" in page.content.decode()


@pytest.mark.parametrize(
    "asked", [{"from": "2026-01-01", "to": "2027-01-02"}, {"from": "2026-01-01", "to": "2026-01-01"}]
)
def test_both_ends_of_what_may_be_asked(browser_of: BrowserOf, asked: dict[str, str]) -> None:
    found = told(browser_of("nurse"), **asked)
    assert (found["first"], found["last"]) == (asked["from"], asked["to"])


def test_without_days_it_is_eight_weeks_from_today_on(browser_of: BrowserOf, scenario: TrialScenario) -> None:
    found = told(browser_of("nurse"))
    assert (found["first"], found["last"]) == (str(today(scenario)), str(today(scenario) + timedelta(days=56)))
    assert told(browser_of("nurse"), to="2026-01-05")["first"] == "2026-01-05"


def test_one_site_alone(browser_of: BrowserOf, scenario: TrialScenario) -> None:
    scenario.allocated()
    code = scenario.study.sites.get().code
    assert len(told(browser_of("sponsor"), site=code)["entries"]) == 1
    page = browser_of("sponsor").get(reverse("calendar"), {"site": code})
    assert f"site={code}" in page.content.decode()


@pytest.mark.parametrize("address", ["/calendar/", "/calendar/list/", API])
def test_more_infusions_cost_no_more_queries(browser_of: BrowserOf, scenario: TrialScenario, address: str) -> None:
    scenario.dosed()
    plan(scenario, scenario.allocated(), on=today(scenario) + timedelta(days=3))
    client = browser_of("coordinator")
    before = queries_of(client, address)
    bedside.prepare(scenario.allocated(), scenario.people, number=1, lot=scenario.lot, at=scenario.at)
    assert queries_of(client, address) == before
    assert before <= 24


def test_the_administrator_sees_no_calendar(browser_of: BrowserOf) -> None:
    for address in (reverse("calendar"), reverse("calendar-list"), API):
        assert browser_of("admin").get(address).status_code == 403
