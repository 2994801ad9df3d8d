"""The waiting list and the allocation page: what they wait for, what expires meanwhile, what will bind the dose."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dosing.selectors.intervals import cohort_intervals
from enrollment.rules.states import WithdrawalScope
from enrollment.services import allocations, subjects
from safety.services import replacements
from tests.builders.elsewhere import investigator_elsewhere
from tests.builders.observed_cohort import ObservedCohort
from tests.builders.scenario import TrialScenario
from trial.models import Study
from trial.rules.site_time import site_date
from trial.rules.states import HoldKind
from trial.services import holds

BACKEND = "django.contrib.auth.backends.ModelBackend"
LIST = "/api/v1/waiting-list/"
BrowserOf = Callable[[str], Client]


def queries_of(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.django_db
def test_an_empty_list_says_who_would_stand_on_it(browser_of: BrowserOf) -> None:
    page = browser_of("sponsor").get(reverse("waiting-list")).content.decode()
    assert "Nobody waits" in page
    assert "C1-1" in page


@pytest.mark.django_db
def test_the_list_shows_the_gate_and_what_expires_before_it(browser_of: BrowserOf, scenario: TrialScenario) -> None:
    cohort = ObservedCohort(scenario).dosed()
    waiting = scenario.eligible()
    client = browser_of("coordinator")
    found = client.get(LIST).json()
    review_at = cohort.assess().result.earliest_review_at
    assert review_at is not None
    assert (found["gate"], found["next_slot"], found["next_cohort_open"]) == (1, "C2-1", False)
    assert found["earliest_on"] == str(site_date(review_at, timezone=scenario.timezone))
    (line,) = found["waiting"]
    assert (line["subject"], line["expired"]) == (waiting.code, [])
    assert {reason["code"] for reason in line["expiring"]} == {"ELG-X4-LIVER", "ELG-X4-CREATININE", "ELG-I2-FVC"}
    page = client.get(reverse("waiting-list")).content.decode()
    for part in ("Gate of cohort 1", "Observing", line["expiring"][0]["message"], waiting.code):
        assert part in page
    scenario.wait(days=8)
    (line,) = client.get(LIST).json()["waiting"]
    assert {reason["code"] for reason in line["expired"]} == {"ELG-X4-LIVER", "ELG-X4-CREATININE"}
    assert {reason["code"] for reason in line["expiring"]} == {"ELG-I2-FVC"}


@pytest.mark.django_db
def test_while_not_everybody_was_dosed_no_day_is_known(browser_of: BrowserOf, scenario: TrialScenario) -> None:
    for _ in range(3):
        scenario.allocated()
    scenario.eligible()
    found = browser_of("coordinator").get(LIST).json()
    assert (found["gate"], found["earliest_review_at"], found["earliest_on"]) == (1, None, None)
    assert found["waiting"][0]["expiring"] == []
    assert "not known yet" in browser_of("coordinator").get(reverse("waiting-list")).content.decode()


@pytest.mark.django_db
def test_the_next_step_names_the_place(browser_of: BrowserOf, scenario: TrialScenario) -> None:
    scenario.eligible()
    second = scenario.eligible()
    page = browser_of("coordinator").get(reverse("subject", args=[second.code])).content.decode()
    assert "place 2 of 2 on the waiting list" in page


@pytest.mark.django_db
def test_more_who_wait_cost_no_more_queries(browser_of: BrowserOf, scenario: TrialScenario) -> None:
    cohort = ObservedCohort(scenario).dosed()
    waiting = scenario.eligible()
    client = browser_of("coordinator")
    addresses = [reverse("waiting-list"), LIST, reverse("allocate", args=[waiting.code])]
    before = [queries_of(client, address) for address in addresses]
    for _ in range(3):
        scenario.eligible()
    cohort.report(cohort.subjects[0], onset=cohort.onset(cohort.subjects[0], days=2))
    assert [queries_of(client, address) for address in addresses] == before
    assert max(before) <= 24


# ------------------------------------------------------------------------------------------------------- intervals


def intervals_of(client: Client, code: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/v1/subjects/{code}/allocation/").json()["intervals"]
    return found


@pytest.mark.django_db
def test_g31_the_sentinel_interval_binds_the_dose_and_not_the_slot(
    browser_of: BrowserOf, scenario: TrialScenario
) -> None:
    cohort = ObservedCohort(scenario)
    first = cohort.dose()
    day = site_date(scenario.at, timezone=scenario.timezone)
    cohort.morning(days=10)
    second = scenario.eligible()
    client = browser_of("coordinator")
    found = intervals_of(client, second.code)
    assert (found["first_on"], found["sentinel_on"]) == (str(day), str(day + timedelta(days=14)))
    assert (found["stagger_on"], found["earliest_on"]) == (str(day + timedelta(days=7)), str(day + timedelta(days=14)))
    page = client.get(reverse("allocate", args=[second.code])).content.decode()
    assert "do not keep anybody from a slot" in page
    assert client.post(reverse("allocate", args=[second.code])).status_code == 302
    assert intervals_of(client, second.code)["earliest_on"] == found["earliest_on"]
    assert intervals_of(client, first.code)["first_on"] is None, "nobody keeps an interval from oneself"


@pytest.mark.django_db
def test_the_later_intervals_are_counted_from_the_latest_subject(
    browser_of: BrowserOf, scenario: TrialScenario
) -> None:
    cohort = ObservedCohort(scenario)
    for wait in (0, 14):
        cohort.dose(wait_days=wait)
    latest = site_date(scenario.at, timezone=scenario.timezone)
    found = intervals_of(browser_of("coordinator"), scenario.eligible().code)
    assert (found["latest_on"], found["earliest_on"]) == (str(latest), str(latest + timedelta(days=7)))


@pytest.mark.django_db
def test_g44_both_on_one_day_only_if_the_parameters_are_zero(scenario: TrialScenario) -> None:
    ObservedCohort(scenario).dose()
    subject, study = scenario.eligible(), Study.objects.get()
    regimen = subject.protocol_version.definition.regimen
    today = site_date(scenario.at, timezone=scenario.timezone)
    for values, earliest in (
        ({}, today + timedelta(days=14)),
        ({"sentinel_days": 0}, today + timedelta(days=7)),
        ({"sentinel_days": 0, "stagger_days": 0}, today),
    ):
        found = cohort_intervals(
            study, cohort=1, regimen=regimen.model_copy(update=values), zone=scenario.timezone, but=subject
        )
        assert found.days is not None
        assert found.days.earliest_on == earliest


@pytest.mark.django_db
def test_g32_a_held_cohort_gives_slots_and_says_that_nothing_is_dosed(
    browser_of: BrowserOf, scenario: TrialScenario
) -> None:
    subject = scenario.eligible()
    holds.place(
        study=scenario.study,
        kind=HoldKind.MANUAL,
        reason="Two reactions on one day.",
        by=scenario.people["nurse"],
        at=scenario.at,
    )
    page = browser_of("coordinator").get(reverse("allocate", args=[subject.code])).content.decode()
    assert "Two reactions on one day." in page
    allocations.allocate(subject=subject, by=scenario.people["coordinator"], at=scenario.at)


# ------------------------------------------------------------------------------------------------------- the board


@pytest.mark.django_db
def test_the_board_counts_who_waits_and_shows_who_replaced_whom(browser_of: BrowserOf, scenario: TrialScenario) -> None:
    cohort = ObservedCohort(scenario)
    subject = cohort.allocated()
    cohort.scenario.eligible()
    by = scenario.people["coordinator"]
    subjects.withdraw(subject=subject, scope=WithdrawalScope.ALL, reason="moved", by=by, at=scenario.at)
    replacements.vacate_slot(subject=subject, reason="Left before a dose", by=by, at=scenario.at)
    client = browser_of("coordinator")
    page = client.get(reverse("board")).content.decode()
    assert "given back by no. 1" in page
    board = client.get("/api/v1/board/").json()
    (stat,) = [each for each in board["stats"] if each["url"] == reverse("waiting-list")]
    assert stat["value"] == 1
    scenario.allocated()
    slot = client.get("/api/v1/board/").json()["ladder"]["steps"][0]["slots"][0]
    assert (slot["subject"], slot["replaced"]) == ("CMUH-003", [1])
    assert "replaces no. 1" in client.get(reverse("board")).content.decode()


# ------------------------------------------------------------------------------------------------------ another site


def test_who_waits_elsewhere_is_a_place_without_a_name(committed_db: object, owner_connection: Any) -> None:
    scenario = TrialScenario()
    waiting = scenario.eligible()
    client = Client()
    client.force_login(investigator_elsewhere(scenario, owner_connection), backend=BACKEND)
    (line,) = client.get(LIST).json()["waiting"]
    assert (line["place"], line["subject"], line["site"], line["expiring"]) == (1, "", "", [])
    page = client.get(reverse("waiting-list")).content.decode()
    assert "another site" in page
    assert waiting.code not in page
    assert client.get("/api/v1/participant-flow/").json()["screening"]["participants"] == 0
