"""The day of birth among the screening facts: shown at the site, elsewhere the year, on pages and in answers alike."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from config.demonstration.participants import raised_liver_enzymes
from enrollment.models import Subject
from enrollment.selectors.eligibility import current_screening
from enrollment.services import screenings
from tests.builders.planted import Needles, days_of_birth
from trial.permissions import TABLE, Permission
from trial.rules.site_time import site_date

BORN, CORRECTED = date(1955, 11, 2), date(1955, 12, 7)
NEEDLES = Needles(days_of_birth([BORN, CORRECTED]))
INSIDE = ["coordinator", "investigator", "nurse", "socialworker", "monitor"]
OUTSIDE = ["sponsor", "medicalmonitor", "dsmb", "auditor", "qualityassurance", "datamanager", "pharmacist"]


@pytest.fixture
def failed(scenario) -> Subject:
    """Corrected in the day of birth after it was saved, then closed as failed."""
    today = site_date(scenario.at, timezone=scenario.timezone)
    subject = scenario.screened(raised_liver_enzymes(today))
    screening = current_screening(subject)
    assert screening.facts["birth_date"] == BORN.isoformat()
    by = scenario.people["coordinator"]
    screening = screenings.save_facts(
        screening=screening,
        facts=screening.facts | {"birth_date": CORRECTED.isoformat()},
        seen_sha256=screening.facts_sha256,
        reason="Read wrongly",
        by=by,
        at=scenario.at,
    )
    screenings.fail(screening=screening, by=by, at=scenario.at)
    return subject


def addresses(subject: Subject) -> dict[str, str]:
    names = (
        "screening",
        "screening-sign",
        "screening-again",
        "screening-attempts",
        "subject-history",
        "api-screening",
        "api-attempts",
    )
    single = {name: reverse(name, args=[subject.code]) for name in names}
    numbered = {name: reverse(name, args=[subject.code, 1]) for name in ("screening-attempt", "api-attempt")}
    return single | numbered | {name: reverse(name) for name in ("history", "api-history")}


@pytest.mark.parametrize("username", OUTSIDE)
def test_outside_the_site_the_year_is_shown(failed, browser_of, username):
    client = browser_of(username)
    answers = {name: client.get(address).content.decode() for name, address in addresses(failed).items()}
    assert {name: NEEDLES.found_in(text) for name, text in answers.items()} == {name: set() for name in answers}
    assert client.get(addresses(failed)["api-screening"]).json()["facts"]["birth_date"] == "1955"


@pytest.mark.parametrize("username", INSIDE)
def test_at_the_site_the_day_is_shown(failed, browser_of, username):
    client = browser_of(username)
    for name in ("screening", "subject-history", "api-screening", "screening-attempt", "api-attempt"):
        assert NEEDLES.found_in(client.get(addresses(failed)[name]).content.decode()), name


def test_nobody_who_edits_the_facts_is_shown_less_than_is_saved() -> None:
    assert TABLE[Permission.SCREENING_EDIT].roles <= TABLE[Permission.IDENTITY_OPEN].roles
