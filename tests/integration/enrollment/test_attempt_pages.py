"""Pages and programs of the attempts at screening: the frozen evaluation, the end, the next attempt."""

from __future__ import annotations

import pytest
from django.urls import reverse

from config.demonstration import bedside
from config.demonstration.participants import eligible_man, missing_creatinine, raised_liver_enzymes
from enrollment.models import Screening, Subject
from enrollment.rules.states import SubjectState
from enrollment.selectors.eligibility import current_screening
from enrollment.services import attempts, screenings
from trial.rules.site_time import site_date


@pytest.fixture
def today(scenario):
    return site_date(scenario.at, timezone=scenario.timezone)


def address(subject: Subject, name: str, *more: object) -> str:
    return reverse(name, args=[subject.code, *more])


def fail(scenario, subject: Subject) -> None:
    screenings.fail(screening=current_screening(subject), by=scenario.people["coordinator"], at=scenario.at)
    subject.refresh_from_db()


def failed(scenario, today) -> Subject:
    subject = scenario.screened(raised_liver_enzymes(today))
    fail(scenario, subject)
    return subject


def refused(scenario) -> Subject:
    return bedside.register(
        scenario.study, scenario.people, version=scenario.consent_version, at=scenario.at, refused=True
    )


# --------------------------------------------------------------------------------------------------- frozen evaluation


def test_the_eligibility_page_of_a_failed_screening_shows_what_was_judged(scenario, browser_of, today):
    subject = failed(scenario, today)
    scenario.wait(days=120)  # what expired since changes nothing of it
    page = browser_of("auditor").get(address(subject, "screening-sign"), follow=True)
    assert page.redirect_chain == [(address(subject, "screening-attempt", 1), 302)]
    text = page.content.decode()
    assert [row.code for row in page.context["verdict"].failing] == ["X4"]
    assert page.context["verdict"].passing_count == 10
    assert "X4 Liver or kidney" in text
    assert "GOT 96.0 U/L; more than 80.0 U/L excludes." in text
    assert scenario.people["coordinator"].printed_name in text
    assert subject.screenings.get().failure.content_sha256 in text


def test_a_refusal_is_shown_with_its_criterion(scenario, browser_of):
    subject = refused(scenario)
    page = browser_of("coordinator").get(address(subject, "screening-attempt", 1))
    assert [row.code for row in page.context["verdict"].failing] == ["X1"]
    assert "X1 Unwilling to consent" in page.content.decode()
    overview = browser_of("coordinator").get(address(subject, "subject")).content.decode()
    assert "X1 Unwilling to consent" in overview
    assert address(subject, "screening-attempt", 1) in overview


def test_an_open_attempt_is_the_screening_page(scenario, browser_of):
    subject = scenario.consented()
    response = browser_of("coordinator").get(address(subject, "screening-attempt", 1))
    assert (response.status_code, response["Location"]) == (302, address(subject, "screening"))


@pytest.mark.parametrize("number", [0, 2, 999, 10**30])
def test_an_attempt_that_never_was_is_unknown(scenario, browser_of, number):
    subject = scenario.consented()
    assert browser_of("coordinator").get(address(subject, "screening-attempt", number)).status_code == 404


def test_a_screening_that_was_closed_before_evaluations_were_kept_says_so(scenario, browser_of, today):
    from trial.services.regulated import regulated

    subject = scenario.screened(raised_liver_enzymes(today))
    with regulated(by=scenario.people["coordinator"], act="tests.before"):
        Screening.objects.filter(subject=subject).update(failed_at=scenario.at, failure_codes=["X4"])
        Subject.objects.filter(pk=subject.pk).update(state=SubjectState.SCREEN_FAILED)
    page = browser_of("coordinator").get(address(subject, "screening-attempt", 1))
    assert page.status_code == 200
    assert "before evaluations were kept" in page.content.decode()
    assert browser_of("coordinator").get(address(subject, "screening-attempts")).status_code == 200
    assert browser_of("coordinator").get(address(subject, "subject")).status_code == 200


# ----------------------------------------------------------------------------------------------------- end and re-begin


def test_a_screening_is_ended_on_its_page(scenario, browser_of, today):
    subject = scenario.screened(missing_creatinine(today))
    client = browser_of("coordinator")
    assert address(subject, "screening-end") in client.get(address(subject, "screening-attempts")).content.decode()
    response = client.post(address(subject, "screening-end"), {"because": "LOST", "note": "Moved abroad"})
    assert (response.status_code, response["Location"]) == (302, address(subject, "screening-attempts"))
    page = client.get(address(subject, "screening-attempts")).content.decode()
    assert "The participant could not be reached any more: Moved abroad" in page
    assert "Not continued" in page


@pytest.mark.parametrize("entry", [{}, {"because": "LOST", "note": " "}, {"because": "TIRED", "note": "x"}])
def test_what_is_missing_stands_at_its_field(scenario, browser_of, entry):
    subject = scenario.consented()
    response = browser_of("coordinator").post(address(subject, "screening-end"), entry)
    assert response.status_code == 200
    assert response.context["form"].errors
    subject.refresh_from_db()
    assert subject.state == SubjectState.SCREENING


def test_where_a_criterion_fails_the_page_leads_elsewhere(scenario, browser_of, today):
    subject = scenario.screened(raised_liver_enzymes(today))
    client = browser_of("coordinator")
    assert "SCR-FAILED" in client.get(address(subject, "screening-end")).content.decode()
    refused_end = client.post(address(subject, "screening-end"), {"because": "LOST", "note": "x"})
    assert (refused_end.status_code, "SCR-FAILED" in refused_end.content.decode()) == (409, True)


def test_a_rescreening_is_begun_on_its_page(scenario, browser_of, today):
    subject = failed(scenario, today)
    client = browser_of("coordinator")
    attempts_page = client.get(address(subject, "screening-attempts")).content.decode()
    assert address(subject, "screening-again") in attempts_page
    page = client.get(address(subject, "screening-again"))
    assert page.context["left"] == 2
    carried = {str(label): values[0] for label, values in page.context["carried"]}
    assert carried["Date of birth"] == "2 Nov 1955"
    assert "HIV test" not in carried
    response = client.post(address(subject, "screening-again"), {"reason": "Liver values are down"})
    assert (response.status_code, response["Location"]) == (302, address(subject, "screening"))
    shown = client.get(address(subject, "screening")).content.decode()
    assert "S002" in shown
    assert "attempt 2" in shown
    listed = client.get(address(subject, "screening-attempts")).content.decode()
    assert address(subject, "screening-attempt", 1) in listed
    assert "Liver values are down" in listed


def test_a_rescreening_needs_a_reason_and_is_refused_with_all_of_them(scenario, browser_of, today):
    subject = failed(scenario, today)
    client = browser_of("coordinator")
    assert client.post(address(subject, "screening-again"), {"reason": ""}).context["form"].errors
    other = scenario.consented()
    refused_again = client.post(address(other, "screening-again"), {"reason": "x"})
    assert (refused_again.status_code, "RSC-STATE" in refused_again.content.decode()) == (409, True)
    assert "RSC-STATE" in client.get(address(other, "screening-again")).content.decode()


@pytest.mark.parametrize("username", ["nurse", "socialworker", "monitor"])
def test_others_read_and_do_not_act(scenario, browser_of, today, username):
    subject = failed(scenario, today)
    client = browser_of(username)
    assert "PER-ROLE" in client.get(address(subject, "screening-attempts")).content.decode()
    for name in ("screening-again", "screening-end"):
        assert client.get(address(subject, name)).status_code == 200
        assert client.post(address(subject, name), {}).status_code == 403
    assert subject.screenings.count() == 1


def test_the_history_of_a_participant_names_the_new_rows(scenario, browser_of, today):
    subject = failed(scenario, today)
    page = browser_of("auditor").get(address(subject, "subject-history")).content.decode()
    assert "Screening failure: entered" in page
    assert "Support interview: entered" in page


def test_the_number_of_queries_is_small(scenario, browser_of, today, django_assert_max_num_queries):
    subject = failed(scenario, today)
    for _time in range(2):
        attempts.rescreen(subject=subject, reason="Again", by=scenario.people["coordinator"], at=scenario.at)
        bedside.enter_facts(subject, scenario.people, facts=raised_liver_enzymes(today), at=scenario.at)
        fail(scenario, subject)
    client = browser_of("coordinator")
    client.get(address(subject, "screening-attempts"))
    with django_assert_max_num_queries(13):
        client.get(address(subject, "screening-attempts"))
    with django_assert_max_num_queries(13):
        client.get(address(subject, "screening-attempt", 1))


# ------------------------------------------------------------------------------------------------------------ programs


def test_a_program_ends_screens_again_and_reads_the_frozen_document(scenario, program_of, today):
    subject = scenario.screened(missing_creatinine(today))
    client = program_of("coordinator")
    ended = client.post(address(subject, "api-screening-end"), {"because": "NO_SLOT", "note": "Cohort is full"})
    assert (ended.status_code, ended.json()["outcome"], ended.json()["failing"]) == (200, "NOT_CONTINUED", [])
    again = client.post(address(subject, "api-attempts"), {"reason": "A slot is free"})
    assert (again.status_code, again.json()["attempt"], again.json()["outcome"]) == (201, 2, "SCREENING")
    listed = client.get(address(subject, "api-attempts")).json()
    assert [line["attempt"] for line in listed] == [2, 1]
    frozen = client.get(address(subject, "api-attempt", 1)).json()
    assert frozen["evaluation"]["overall"] == "pending"
    assert frozen["content_sha256"] == subject.screenings.get(attempt=1).failure.content_sha256
    assert client.get(address(subject, "api-attempt", 2)).json()["evaluation"] is None
    assert client.get(address(subject, "api-attempt", 3)).status_code == 404


def test_a_program_is_refused_as_the_page_is(scenario, program_of, today):
    subject = scenario.screened(raised_liver_enzymes(today))
    client = program_of("coordinator")
    ended = client.post(address(subject, "api-screening-end"), {"because": "LOST", "note": "x"})
    assert [reason["code"] for reason in ended.json()["reasons"]] == ["SCR-FAILED"]
    again = client.post(address(subject, "api-attempts"), {"reason": "x"})
    assert [reason["code"] for reason in again.json()["reasons"]] == ["RSC-STATE"]
    for name in ("api-screening-end", "api-attempts"):
        assert client.post(address(subject, name), {}).status_code == 400
        assert program_of("nurse").post(address(subject, name), {}).status_code == 403


def test_what_is_carried_over_can_be_corrected_in_the_new_attempt(scenario, browser_of, today):
    subject = failed(scenario, today)
    attempts.rescreen(subject=subject, reason="Again", by=scenario.people["coordinator"], at=scenario.at)
    facts = eligible_man(today) | {"birth_date": "1956-11-02"}
    bedside.enter_facts(subject, scenario.people, facts=facts, at=scenario.at)
    assert current_screening(subject).facts["birth_date"] == "1956-11-02"
    assert subject.screenings.get(attempt=1).facts["birth_date"] == "1955-11-02"
