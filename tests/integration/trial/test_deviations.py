"""Deviations on the pages and for programs: seen at one's own sites, reported, classified, never rewritten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from tests.builders.signing import codes, post_json
from trial.models import Deviation
from trial.rules.states import DeviationCategory
from trial.services import deviations
from trial.services.regulated import regulated


@pytest.fixture
def raised(scenario):
    def one(number: int = 1) -> Deviation:
        with regulated(by=scenario.people["nurse"], act="tests.raise", study=scenario.study):
            return deviations.raise_once(
                study=scenario.study,
                site=scenario.study.sites.get(),
                subject_code="CMUH-001",
                category=DeviationCategory.DOSE,
                code="DOSE-TOLERANCE",
                key=f"infusion:{number}:DOSE",
                reference=f"infusion:{number}",
                description="Given 1.15 of the target",
                occurred_at=scenario.at,
                by=scenario.people["nurse"],
                at=scenario.at,
            )

    return one


def classification(**changed: str) -> dict[str, str]:
    return {
        "classification": "MINOR",
        "assessment": "No effect on the participant",
        "corrective_action": "Pump replaced",
    } | changed


def test_the_same_thing_raises_one_deviation(raised):
    assert raised().pk == raised().pk
    assert Deviation.objects.count() == 1


def test_it_is_listed_opened_and_classified(raised, browser_of):
    found = raised()
    browser = browser_of("investigator")
    assert "Not classified" in browser.get(reverse("deviation-list")).content.decode()
    answer = browser.post(reverse("deviation", args=[found.pk]), classification())
    assert answer.status_code == 302
    page = browser.get(reverse("deviation", args=[found.pk])).content.decode()
    assert "Pump replaced" in page
    assert "Minor" in page
    assert not browser.get(reverse("deviation-list"), {"classification": "open"}).context["deviations"]


def test_a_classification_without_its_meaning_keeps_what_was_typed(raised, browser_of):
    found = raised()
    answer = browser_of("investigator").post(reverse("deviation", args=[found.pk]), classification(assessment=" "))
    assert answer.status_code == 200
    assert "Pump replaced" in answer.content.decode()
    found.refresh_from_db()
    assert found.classification == ""


@pytest.mark.parametrize(
    ("username", "status"), [("coordinator", 403), ("sponsor", 403), ("datamanager", 302), ("monitor", 302)]
)
def test_who_classifies(raised, browser_of, username, status):
    answer = browser_of(username).post(reverse("deviation", args=[raised().pk]), classification())
    assert answer.status_code == status


def test_one_is_reported_on_the_page(scenario, browser_of):
    written = (scenario.at - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    given = {"category": "CONSENT", "occurred_at": written, "description": "The copy was given a day late"}
    answer = browser_of("coordinator").post(reverse("deviation-report"), given)
    assert answer.status_code == 302
    assert Deviation.objects.get().category == "CONSENT"


def test_programs_report_and_classify_with_the_same_refusals(scenario, browser_of):
    program = browser_of("monitor")
    body = {"category": "OTHER", "occurred_at": (scenario.at + timedelta(hours=1)).isoformat(), "description": "x"}
    refused = post_json(program, "/api/v1/deviations/", body)
    assert (refused.status_code, codes(refused)) == (409, ["DEV-FUTURE"])
    made = post_json(program, "/api/v1/deviations/", body | {"occurred_at": scenario.at.isoformat()})
    assert made.status_code == 201, made.content
    path = f"/api/v1/deviations/{made.json()['id']}/"
    assert post_json(program, path, classification()).json()["classification"] == "MINOR"
    assert codes(post_json(program, path, classification())) == ["DEV-SAME"]
    unknown = post_json(program, "/api/v1/deviations/", body | {"site": "NOWHERE"})
    assert unknown.status_code == 400


def test_the_list_asks_no_more_for_more_rows(raised, browser_of, django_assert_max_num_queries):
    for number in range(60):
        raised(number)
    browser = browser_of("auditor")
    with django_assert_max_num_queries(8):
        browser.get(reverse("deviation-list"))


@pytest.mark.parametrize(
    "change",
    [
        "description = 'Nothing happened'",
        "occurred_at = occurred_at - interval '1 day'",
        "classification = '', classified_at = NULL, classified_by_id = NULL, assessment = ''",
    ],
)
def test_no_statement_rewrites_a_deviation(raised, scenario, browser_of, change):
    found = raised()
    browser_of("investigator").post(reverse("deviation", args=[found.pk]), classification())
    with (
        pytest.raises(Exception, match="DEV-FIXED"),
        regulated(by=scenario.people["nurse"], act="tests.attack"),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE trial_deviation SET {change} WHERE id = %s", [found.pk])
