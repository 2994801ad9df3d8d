"""What is left to do around an infusion stands under My work until it is done, for whoever may do it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.demonstration import bedside
from dosing.models import ProductUnit
from dosing.rules.states import AlertAction
from dosing.services import infusions, returns, vital_signs
from dosing.services.vital_signs import VitalEntry
from enrollment.models import Subject
from reports.selectors.work import work_of
from reports.selectors.work_items import WorkGroup, WorkItem
from tests.builders.observed_cohort import ObservedCohort
from tests.builders.scenario import TrialScenario
from trial.edge.context import TrialContext
from trial.rules.site_time import site_date

pytestmark = pytest.mark.django_db
BrowserOf = Callable[[str], Client]


def items(scenario: TrialScenario, username: str, kind: str) -> list[WorkItem]:
    request = RequestFactory().get("/")
    request.user = scenario.people[username]
    request.session = {}  # type: ignore[assignment]  # nothing chosen
    return [item for item in work_of(TrialContext(request)).items if item.kind == kind]


def feverish(scenario: TrialScenario) -> VitalEntry:
    return VitalEntry(
        point="S+0", taken_at=scenario.at, readings=bedside.calm("S+0") | {"temperature": Decimal("38.4")}
    )


def test_an_alert_waits_until_it_is_answered(scenario: TrialScenario) -> None:
    infusion = scenario.running()
    nurse = scenario.people["nurse"]
    entry = vital_signs.record(infusion=infusion, entry=feverish(scenario), by=nurse, at=scenario.at)
    (item,) = items(scenario, "nurse2", "alert")
    assert (item.subject, item.url) == (infusion.subject.code, reverse("infusion", args=[infusion.pk]))
    assert items(scenario, "pharmacist", "alert") == []
    vital_signs.answer(entry=entry, action=AlertAction.WATCHED, note="cooled", by=nurse, at=scenario.at)
    assert items(scenario, "nurse2", "alert") == []


def test_the_observation_waits_until_it_has_ended(scenario: TrialScenario) -> None:
    infusion = scenario.running()
    assert items(scenario, "nurse", "observation") == []
    scenario.wait(minutes=40)
    infusion = bedside.complete(infusion, scenario.people, at=scenario.at)
    (item,) = items(scenario, "nurse", "observation")
    assert (item.due_on, item.group) == (site_date(scenario.at, timezone=scenario.timezone), WorkGroup.TODAY)
    scenario.wait(hours=7)
    bedside.end_observation(infusion, scenario.people, at=scenario.at)
    assert items(scenario, "nurse", "observation") == []


def test_the_account_of_a_unit_waits_until_it_is_closed(scenario: TrialScenario) -> None:
    infusion = scenario.running()
    assert items(scenario, "pharmacist", "account") == []
    scenario.wait(minutes=40)
    bedside.complete(infusion, scenario.people, at=scenario.at)
    unit = ProductUnit.objects.get(infusions=infusion)
    (item,) = items(scenario, "pharmacist", "account")
    assert (item.url, item.subject) == (reverse("unit", args=[unit.pk]), infusion.subject.code)
    assert items(scenario, "nurse", "account") == []
    returns.reconcile(unit=unit, note="the rest stayed in the line", by=scenario.people["pharmacist"], at=scenario.at)
    assert items(scenario, "pharmacist", "account") == []


def test_the_second_infusion_is_planned_for_its_days_and_then_signed_off(scenario: TrialScenario) -> None:
    cohort = ObservedCohort(scenario).opened()
    subject = cohort.allocated()
    (item,) = items(scenario, "nurse", "infusion_plan")
    assert (item.due_on, item.group) == (None, WorkGroup.TODAY), "of a first infusion no day is given"
    scenario.dosed(subject)
    day = site_date(scenario.at, timezone=scenario.timezone)
    (item,) = items(scenario, "nurse", "infusion_plan")
    assert (item.due_on, item.group) == (day + timedelta(days=28), WorkGroup.LATER)
    cohort.morning(days=35)
    assert items(scenario, "nurse", "infusion_plan")[0].group is WorkGroup.TODAY
    cohort.morning(days=1)
    assert items(scenario, "nurse", "infusion_plan")[0].group is WorkGroup.OVERDUE
    infusion = plan_second(scenario, subject)
    (item,) = items(scenario, "investigator", "sign_off")
    assert item.url == reverse("infusion-sign-off", args=[infusion])
    assert items(scenario, "nurse", "sign_off") == []
    assert items(scenario, "nurse", "infusion_plan") == []


def plan_second(scenario: TrialScenario, subject: Subject) -> int:
    today = site_date(scenario.at, timezone=scenario.timezone)
    by = scenario.people["nurse"]
    return infusions.plan(subject=subject, number=2, planned_on=today, by=by, at=scenario.at).pk


@pytest.mark.parametrize("username", ["nurse", "pharmacist", "investigator"])
def test_more_of_it_costs_no_more_queries(browser_of: BrowserOf, scenario: TrialScenario, username: str) -> None:
    cohort = ObservedCohort(scenario)
    cohort.dose()
    client = browser_of(username)
    before = queries_of(client)
    cohort.dose(wait_days=14)
    assert queries_of(client) <= before


def queries_of(client: Client) -> int:
    client.get(reverse("work"))
    with CaptureQueriesContext(connection) as captured:
        assert client.get(reverse("work")).status_code == 200
    return len(captured)
