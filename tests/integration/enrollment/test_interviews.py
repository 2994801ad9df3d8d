"""Interviews on family support: recorded, signed and withdrawn on pages and by programs; what follows from them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from config.demonstration import bedside
from config.demonstration.participants import eligible_man
from config.demonstration.people import proof
from dosing.services import infusions
from dosing.services.infusions import StartEntry
from enrollment.models import Subject, SupportInterview
from enrollment.rules.interviews import FACT_OF
from enrollment.rules.states import InterviewKind, SubjectState
from enrollment.selectors.eligibility import current_screening
from enrollment.services import interviews, screenings
from enrollment.services.interviews import InterviewEntry, interview_content
from trial.errors import NotPermitted, RuleViolation
from trial.models import AuditEvent
from trial.rules.site_time import site_date
from trial.services.signatures import content_hash

PASSWORD = "a password for tests"
QUERIES = 9
INTERVIEWERS = {"investigator": InterviewKind.INVESTIGATOR, "socialworker": InterviewKind.SOCIAL_WORKER}


@pytest.fixture
def today(scenario):
    return site_date(scenario.at, timezone=scenario.timezone)


def page_of(subject: Subject, name: str = "interviews", *more: object) -> str:
    return reverse(name, args=[subject.code, *more])


def entry(today, **changes: str) -> dict[str, str]:
    return {"held_on": today.isoformat(), "supported": "yes", "note": "Lives with her daughter"} | changes


def record(client, username: str, subject: Subject, today, **changes: str):
    """Both steps: what was found, read whole, then signed."""
    shown = client.post(page_of(subject, "interview-sign"), entry(today, **changes))
    assert shown.status_code == 200
    fields = {"meaning": "support_interview", "username": username, "password": PASSWORD}
    seen = {"content_hash": shown.context["content_hash"]}
    return client.post(page_of(subject, "interview-sign"), entry(today, **changes) | fields | seen)


@pytest.mark.parametrize(("username", "kind"), INTERVIEWERS.items())
def test_each_interviewer_records_and_signs_the_own_interview(scenario, browser_of, today, username, kind):
    subject = scenario.consented()
    client = browser_of(username)
    assert record(client, username, subject, today).status_code == 302
    held = SupportInterview.objects.get()
    assert (held.kind, held.supported, held.held_on) == (kind, True, today)
    assert json.loads(held.signature.content) == {
        "type": "support_interview",
        "subject": subject.code,
        "kind": kind.value,
        "held_on": today.isoformat(),
        "supported": True,
        "note": "Lives with her daughter",
    }
    assert current_screening(subject).facts == {FACT_OF[kind]: True}
    page = client.get(page_of(subject)).content.decode()
    assert "Confirmed" in page
    assert scenario.people[username].printed_name in page
    event = AuditEvent.objects.filter(table_name="enrollment_supportinterview").latest("id")
    assert (event.act, event.actor) == ("interviews.hold", username)


def test_no_is_an_answer_and_fails_inclusion_3(scenario, browser_of, today):
    subject = scenario.consented()
    record(browser_of("socialworker"), "socialworker", subject, today, supported="no")
    verdict = browser_of("coordinator").get(page_of(subject, "screening")).context["verdict"]
    assert [row.code for row in verdict.failing] == ["I3"]


@pytest.mark.parametrize(
    ("referrer", "next_page"),
    [
        ("http://testserver/subjects/{code}/interviews/?a=1", "/subjects/{code}/interviews/%3Fa%3D1"),
        ("http://elsewhere.example/subjects/", "/subjects/{code}/interviews/sign/"),
        ("", "/subjects/{code}/interviews/sign/"),
        ("http://[", "/subjects/{code}/interviews/sign/"),
    ],
)
def test_a_form_whose_session_ended_leads_back_to_its_page(scenario, browser_of, client, referrer, next_page):
    """Its own address answers to a form alone: whoever comes there without one begins at the interviews."""
    code = scenario.consented().code
    address = reverse("interview-sign", args=[code])
    response = client.post(address, headers={"referer": referrer.format(code=code)} if referrer else {})
    assert response.status_code == 302
    assert response["Location"] == f"/sign-in/?next={next_page.format(code=code)}"
    begun = browser_of("socialworker").get(address)
    assert (begun.status_code, begun["Location"]) == (302, reverse("interviews", args=[code]))


def test_the_first_step_changes_nothing(scenario, browser_of, today):
    subject = scenario.consented()
    browser_of("socialworker").post(page_of(subject, "interview-sign"), entry(today))
    assert not SupportInterview.objects.exists()


@pytest.mark.parametrize(
    "change", [{"held_on": ""}, {"held_on": "yesterday"}, {"supported": ""}, {"supported": "perhaps"}, {"note": "\x00"}]
)
def test_what_cannot_be_read_stands_beside_its_field(scenario, browser_of, today, change):
    subject = scenario.consented()
    response = browser_of("socialworker").post(page_of(subject, "interview-sign"), entry(today, **change))
    assert response.status_code == 200
    assert list(response.context["form"].errors) == list(change)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"password": "wrong"}, 403, "reauthentication"),
        ({"username": "investigator"}, 403, "reauthentication"),
        ({"content_hash": "0" * 64}, 409, "stale"),
        ({"supported": "no"}, 409, "stale"),
        ({"held_on": "2199-01-01"}, 409, "INT-FUTURE"),
        ({"held_on": "2001-01-01"}, 409, "INT-CONSENT"),
    ],
)
def test_a_signature_that_does_not_hold_records_nothing(scenario, browser_of, today, change, status, code):
    subject = scenario.consented()
    client = browser_of("socialworker")
    shown = client.post(page_of(subject, "interview-sign"), entry(today)).context["content_hash"]
    fields = {
        "meaning": "support_interview",
        "username": "socialworker",
        "password": PASSWORD,
        "content_hash": shown,
    }
    refused = client.post(page_of(subject, "interview-sign"), entry(today) | fields | change)
    assert (refused.status_code, code in refused.content.decode()) == (status, True)
    assert not SupportInterview.objects.exists()
    assert current_screening(subject).facts == {}


@pytest.mark.parametrize("username", ["coordinator", "subinvestigator", "nurse", "monitor", "sponsor"])
def test_others_read_and_see_whose_task_it_is(scenario, browser_of, today, username):
    subject = scenario.consented()
    client = browser_of(username)
    page = client.get(page_of(subject))
    assert (page.status_code, page.context["form"]) == (200, None)
    assert "PER-ROLE" in page.content.decode()
    assert client.post(page_of(subject, "interview-sign"), entry(today)).status_code == 403


def test_the_social_worker_no_longer_types_screening_facts(scenario, browser_of):
    subject = scenario.consented()
    client = browser_of("socialworker")
    assert client.get(page_of(subject, "screening")).status_code == 200
    assert client.post(page_of(subject, "screening"), {}).status_code == 403


def test_a_second_interview_waits_until_the_first_is_withdrawn(scenario, browser_of, today):
    subject = scenario.consented()
    client = browser_of("socialworker")
    record(client, "socialworker", subject, today)
    assert client.get(page_of(subject)).context["is_held"]
    again = client.post(page_of(subject, "interview-sign"), entry(today))
    assert "INT-TWICE" in again.content.decode()
    held = SupportInterview.objects.get()
    withdrawn = client.post(page_of(subject, "interview-withdraw", held.pk), {"reason": "The daughter moved away"})
    assert withdrawn.status_code == 302
    assert current_screening(subject).facts == {}
    assert record(client, "socialworker", subject, today, supported="no").status_code == 302
    page = client.get(page_of(subject)).content.decode()
    assert "The daughter moved away" in page
    assert "Not confirmed" in page


@pytest.mark.parametrize(("username", "code"), [("investigator", "INT-ROLE"), ("coordinator", "PER-ROLE")])
def test_only_the_same_role_withdraws(scenario, browser_of, today, username, code):
    subject = scenario.screened(eligible_man(today))
    held = SupportInterview.objects.get(kind=InterviewKind.SOCIAL_WORKER)
    client = browser_of(username)
    assert code in client.get(page_of(subject, "interview-withdraw", held.pk)).content.decode()
    refused = client.post(page_of(subject, "interview-withdraw", held.pk), {"reason": "x"})
    assert refused.status_code in (403, 409)
    held.refresh_from_db()
    assert held.withdrawn_at is None


def test_an_interview_of_somebody_else_is_not_withdrawn_through_a_subject(scenario, browser_of, today):
    subject, other = scenario.screened(eligible_man(today)), scenario.consented()
    held = subject.interviews.get(kind=InterviewKind.SOCIAL_WORKER)
    client = browser_of("socialworker")
    assert client.post(page_of(other, "interview-withdraw", held.pk), {"reason": "x"}).status_code == 404
    assert client.get(page_of(other, "interview-withdraw", 10**30)).status_code == 404


def test_withdrawing_breaks_the_signature_and_blocks_dosing(scenario, browser_of):
    infusion = scenario.prepared()
    subject = infusion.subject
    held = subject.interviews.get(kind=InterviewKind.SOCIAL_WORKER)
    interviews.withdraw(interview=held, reason="Moved away", by=scenario.people["socialworker"], at=scenario.at)
    with pytest.raises(RuleViolation) as refusal:
        infusions.start(infusion=infusion, entry=StartEntry(), by=scenario.people["nurse"], at=scenario.at)
    assert refusal.value.decision.codes == ("DOS-ELIGIBILITY-BROKEN",)
    page = browser_of("investigator").get(reverse("screening-sign", args=[subject.code]))
    assert page.context["signed"].intact is False


def test_withdrawing_takes_an_eligible_subject_back_to_screening(scenario):
    subject = scenario.eligible()
    held = subject.interviews.get(kind=InterviewKind.INVESTIGATOR)
    interviews.withdraw(interview=held, reason="Moved away", by=scenario.people["investigator"], at=scenario.at)
    subject.refresh_from_db()
    assert subject.state == SubjectState.SCREENING


def test_a_closed_screening_keeps_its_interviews(scenario, today):
    subject = scenario.screened(eligible_man(today) | {"got_u_l": "96"})
    screenings.fail(screening=current_screening(subject), by=scenario.people["coordinator"], at=scenario.at)
    held = subject.interviews.get(kind=InterviewKind.SOCIAL_WORKER)
    with pytest.raises(RuleViolation) as refusal:
        interviews.withdraw(interview=held, reason="x", by=scenario.people["socialworker"], at=scenario.at)
    assert refusal.value.decision.codes == ("INT-CLOSED",)


def test_without_delegation_there_is_no_interview(scenario, today):
    subject = scenario.consented()
    own = InterviewEntry(kind=InterviewKind.SOCIAL_WORKER, held_on=today, supported=True)
    signed = proof(scenario.people["nurse"], content_hash(interview_content(subject, own)))
    with pytest.raises(NotPermitted):
        interviews.hold(subject=subject, entry=own, proof=signed, at=scenario.at)


# ------------------------------------------------------------------------------------------------------------- my work


def work_on(client, subject: Subject) -> list[str]:
    response = client.get(reverse("work"))
    return [
        str(item.title)
        for group in response.context["groups"]
        for item in group["items"]
        if item.subject == subject.code and item.kind == "interview"
    ]


@pytest.mark.parametrize("username", INTERVIEWERS)
def test_a_missing_interview_is_work_of_its_interviewer_alone(scenario, browser_of, today, username):
    subject = scenario.consented()
    client = browser_of(username)
    assert work_on(client, subject) == [f"Interview of {subject.code}"]
    assert page_of(subject) in client.get(reverse("work")).content.decode()
    assert work_on(browser_of("coordinator"), subject) == []
    record(client, username, subject, today)
    assert work_on(client, subject) == []


def test_without_consent_no_interview_waits(scenario, browser_of):
    refused = bedside.register(
        scenario.study, scenario.people, version=scenario.consent_version, at=scenario.at, refused=True
    )
    assert work_on(browser_of("socialworker"), refused) == []


def test_the_number_of_queries_does_not_grow(scenario, browser_of, today, django_assert_max_num_queries):
    subject = scenario.screened(eligible_man(today))
    client = browser_of("socialworker")
    client.get(page_of(subject))
    with django_assert_max_num_queries(QUERIES):
        client.get(page_of(subject))
    for _time in range(2):
        held = subject.interviews.get(kind=InterviewKind.SOCIAL_WORKER, withdrawn_at=None)
        scenario.wait(minutes=1)
        client.post(page_of(subject, "interview-withdraw", held.pk), {"reason": "Again"})
        record(client, "socialworker", subject, today)
    with django_assert_max_num_queries(QUERIES):
        client.get(page_of(subject))


# ------------------------------------------------------------------------------------------------------------ programs


def program_entry(today, **changes: object) -> dict[str, object]:
    return {"kind": "SOCIAL_WORKER", "held_on": today.isoformat(), "supported": True, "note": ""} | changes


def signed_entry(client, subject: Subject, today, *, username: str = "socialworker", **changes: object):
    body = program_entry(today, **changes)
    seen = client.post(page_of(subject, "api-interview-hash"), body).json()["content_hash"]
    fields = {"username": username, "password": PASSWORD, "meaning": "support_interview", "content_hash": seen}
    return body | {"signature": fields}


def test_a_program_signs_and_withdraws_with_the_same_words(scenario, program_of, today):
    subject = scenario.consented()
    client = program_of("socialworker")
    answer = client.post(page_of(subject, "api-interviews"), signed_entry(client, subject, today))
    assert answer.status_code == 201
    (listed,) = client.get(page_of(subject, "api-interviews")).json()
    assert listed == answer.json()
    assert (listed["kind"], listed["supported"], listed["withdrawn_at"]) == ("SOCIAL_WORKER", True, None)
    twice = client.post(page_of(subject, "api-interviews"), signed_entry(client, subject, today))
    assert [reason["code"] for reason in twice.json()["reasons"]] == ["INT-TWICE"]
    scenario.wait(minutes=1)
    withdrawn = client.post(page_of(subject, "api-interview-withdraw", listed["id"]), {"reason": "Moved away"})
    assert (withdrawn.status_code, withdrawn.json()["withdrawn_by"]) == (200, "socialworker")
    again = client.post(page_of(subject, "api-interview-withdraw", listed["id"]), {"reason": "Moved away"})
    assert [reason["code"] for reason in again.json()["reasons"]] == ["INT-WITHDRAWN"]


def test_a_program_is_refused_as_the_page_is(scenario, program_of, today):
    subject = scenario.consented()
    client = program_of("socialworker")
    other = client.post(page_of(subject, "api-interviews"), signed_entry(client, subject, today, kind="INVESTIGATOR"))
    assert [reason["code"] for reason in other.json()["reasons"]] == ["INT-ROLE"]
    tomorrow = (today + timedelta(days=1)).isoformat()
    future = client.post(page_of(subject, "api-interviews"), signed_entry(client, subject, today, held_on=tomorrow))
    assert [reason["code"] for reason in future.json()["reasons"]] == ["INT-FUTURE"]
    for body in ({}, program_entry(today), program_entry(today, kind="NURSE"), program_entry(today, held_on="x")):
        assert client.post(page_of(subject, "api-interviews"), body).status_code == 400
    assert program_of("coordinator").post(page_of(subject, "api-interviews"), {}).status_code == 403
