"""What stands behind the facts of the screening page: rows of treatments, unlikely values, interviews, declines."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from config.demonstration.participants import eligible_man
from enrollment.selectors.eligibility import current_screening
from tests.integration.enrollment.screening_entry import address, typed, without_interviews
from trial.rules.site_time import site_date


@pytest.fixture
def today(scenario):
    return site_date(scenario.at, timezone=scenario.timezone)


def rows_of(page: str, kind: str) -> int:
    return page.count(f'class="fact-row fact-row--{kind}"')


def treatments(today) -> dict[str, Any]:
    """Records instead of a summary: an eligible man on methylprednisolone and tacrolimus."""
    summary = {"overlap_started_on", "steroid_drug", "steroid_mg_per_day"}
    return {key: value for key, value in eligible_man(today).items() if key not in summary} | {
        "treatments": [
            {"drug": "methylprednisolone", "daily_dose_mg": "40", "started_on": "2020", "ongoing": True},
            {"drug": "tacrolimus", "started_on": "2021-06", "ongoing": True},
        ],
        "treatments_complete": True,
    }


def test_family_support_is_read_and_not_typed(scenario, browser_of, today):
    subject = scenario.screened(eligible_man(today))
    client = browser_of("coordinator")
    page = client.get(address(subject)).content.decode()
    assert 'name="family_support' not in page
    assert reverse("interviews", args=[subject.code]) in page
    screening = current_screening(subject)
    sent = typed(screening.facts, screening, family_support_investigator="no", got_u_l="30", reason="Typing error")
    assert client.post(address(subject), sent).status_code == 302
    saved = current_screening(subject).facts
    assert (saved["family_support_investigator"], saved["got_u_l"]) == (True, "30")


def test_treatments_are_rows_with_room_for_one_more_and_the_way_from_them_is_shown(scenario, browser_of, today):
    subject = scenario.screened(treatments(today))
    response = browser_of("coordinator").get(address(subject))
    page = response.content.decode()
    assert rows_of(page, "treatments") == 3
    assert response.context["verdict"].overall == "eligible"
    assert "Both from 2021-06-30 to today" in page
    assert "methylprednisolone 40.0 mg/day, 2020 to today: steroid, 50.0 mg/day of prednisolone." in page


def test_typed_facts_that_contradict_the_records_stand_beside_their_fields(scenario, browser_of, today):
    subject = scenario.screened(treatments(today))
    screening = current_screening(subject)
    sent = typed(screening.facts, screening, overlap_started_on="2022-01-01")
    client = browser_of("coordinator")
    response = client.post(address(subject), sent)
    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["overlap_started_on"]
    # Of records that cannot be read nobody knows yet what they say.
    response = client.post(address(subject), sent | {"treatments__2__drug": "aspirin"})
    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["treatments__2__drug_class"]
    preview = client.post(address(subject, "screening-preview"), sent)
    assert preview.status_code == 200
    assert current_screening(subject).facts == screening.facts


def test_rows_of_treatments_may_have_gaps_and_end_somewhere(scenario, browser_of, today):
    subject = scenario.consented()
    facts = without_interviews(eligible_man(today))
    client = browser_of("coordinator")
    far = {"treatments__7__drug": "prednisone", "treatments__7__ongoing": "yes", "treatments__99__attested": "no"}
    refused = client.post(address(subject), typed(facts, current_screening(subject)) | far)
    assert list(refused.context["form"].errors) == ["treatments__99__drug"]
    beyond = {"treatments__7__drug": "prednisone", "treatments__100__drug": "tacrolimus"}
    short = {key: value for key, value in facts.items() if key not in ("overlap_started_on", "steroid_drug")}
    del short["steroid_mg_per_day"]
    assert client.post(address(subject), typed(short, current_screening(subject)) | beyond).status_code == 302
    assert current_screening(subject).facts["treatments"] == [{"drug": "prednisone"}]


def test_an_unlikely_value_is_asked_about_where_it_was_typed(scenario, browser_of, today):
    subject = scenario.consented()
    client = browser_of("coordinator")
    facts = without_interviews(eligible_man(today)) | {"fvc_current_l": "20.8"}
    assert client.post(address(subject), typed(facts, current_screening(subject))).status_code == 302
    asked = client.get(address(subject)).context["questions"]
    assert [(each.field, each.value, each.is_confirmed) for each in asked] == [
        ("confirmed__fvc_current_l", "20.8", False)
    ]
    screening = current_screening(subject)
    sent = typed(screening.facts, screening, confirmed__fvc_current_l="20.8")
    assert client.post(address(subject), sent).status_code == 302
    assert [each.is_confirmed for each in client.get(address(subject)).context["questions"]] == [True]
    screening = current_screening(subject)
    sent = typed(screening.facts, screening, fvc_current_l="2.08", reason="A comma in the wrong place")
    assert client.post(address(subject), sent).status_code == 302
    assert "confirmed" not in current_screening(subject).facts
    assert not client.get(address(subject)).context["questions"]


def test_both_declines_stand_on_the_page_and_the_one_in_force_is_named(scenario, browser_of, today):
    predicted = {"fvc_reference_pct_pred": "60.0", "fvc_current_pct_pred": "55.2"}
    subject = scenario.screened(eligible_man(today) | predicted)
    fvc, _dlco = browser_of("coordinator").get(address(subject)).context["declines"]
    assert (str(fvc.relative_percent), str(fvc.absolute_points), fvc.in_force) == ("13.6929", "4.8", "relative")


def test_safety_findings_stand_out_and_exclude_nobody(scenario, browser_of, today):
    subject = scenario.screened(eligible_man(today) | {"chronic_hepatitis_b": True})
    response = browser_of("coordinator").get(address(subject))
    assert ("SCR-CHRONIC-HBV", "stop") in [(each.reason.code, each.tone) for each in response.context["pointed"]]
    assert response.context["verdict"].overall == "eligible"


def test_improvement_against_pathway_a_is_a_conflict_on_the_page(scenario, browser_of, today):
    subject = scenario.screened(eligible_man(today) | {"improvement_after_treatment": True})
    page = browser_of("coordinator").get(address(subject)).content.decode()
    assert "must decide which assessment is the latest" in page


def test_as_many_rows_as_there_are_cost_no_more_queries(scenario, browser_of, today, django_assert_max_num_queries):
    facts = treatments(today)
    facts["treatments"] = facts["treatments"] * 20
    subject = scenario.screened(facts)
    client = browser_of("coordinator")
    client.get(address(subject))
    with django_assert_max_num_queries(17):
        assert rows_of(client.get(address(subject)).content.decode(), "treatments") == 41


def test_a_treatment_that_cannot_be_read_does_not_say_that_nobody_was_treated(scenario, browser_of, today):
    subject = scenario.screened(treatments(today))
    screening = current_screening(subject)
    sent = typed(screening.facts, screening, treatments__2__drug="thalidomide")
    preview = browser_of("coordinator").post(address(subject, "screening-preview"), sent)
    assert "thalidomide stands in no list" in preview.content.decode()
    assert preview.context["verdict"].overall == "pending"
