"""Who has to sign again: the rule, the list, the task and the guard of the database say the same."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dosing.selectors.guard import decision, infusion_for_guard
from enrollment.models import Subject
from enrollment.rules.states import WithdrawalScope
from enrollment.selectors.consents import consents_of
from enrollment.selectors.reconsent import due_among, due_subjects, reconsent_of
from enrollment.services import subjects
from tests.builders.consent import approved, signed, today_of
from trial.permissions import Permission
from trial.rules.site_time import site_date


def is_due(scenario, subject) -> bool:
    """By the rule on one subject, by the list of many, and by the list in the database alone."""
    subject = Subject.objects.select_related("site", "study").get(pk=subject.pk)
    everybody = Subject.objects.all()
    answers = {
        reconsent_of(subject, consents_of(subject), at=scenario.at) is not None,
        subject.code in [line.subject.code for line in due_among(everybody, at=scenario.at)],
        due_subjects(everybody).filter(pk=subject.pk).exists(),
    }
    assert len(answers) == 1, answers
    return answers.pop()


def guards_say(scenario, infusion) -> bool:
    """By the guard in Python and by the one in the database."""
    nurse = scenario.people["nurse"]
    in_python = "DOS-RECONSENT" in decision(infusion_for_guard(infusion.pk), performer=nurse, at=scenario.at).codes
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 'DOS-RECONSENT' = ANY(stepwise_infusion_reasons(i, trial_now())) FROM dosing_infusion i"
            " WHERE i.id = %s",
            [infusion.pk],
        )
        (in_database,) = cursor.fetchone()
    assert in_python == in_database
    return in_python


@pytest.mark.parametrize(
    ("steps", "due"),
    [
        pytest.param([], False, id="2.7-one version"),
        pytest.param([("2.0", "zh-Hant", False)], False, id="2.7-newer, not asked for"),
        pytest.param([("2.0", "zh-Hant", True)], True, id="2.7-newer, asked for"),
        pytest.param([("2.0", "en", True)], True, id="2.7-newer in another language"),
        pytest.param([("2.0", "zh-Hant", True), ("sign", "", True)], False, id="2.7-signed again"),
        pytest.param([("2.0", "zh-Hant", True), ("2.0", "en", False), ("sign", "", True)], False, id="2.7-translation"),
        pytest.param([("2.0", "zh-Hant", True), ("sign", "", True), ("3.0", "en", True)], True, id="2.7-twice"),
    ],
)
def test_rule_list_and_both_guards_agree(scenario, steps, due):
    infusion = scenario.prepared()
    version = scenario.consent_version
    for what, language, again in steps:
        scenario.wait(days=1)
        if what == "sign":
            signed(scenario, infusion.subject, version)
        else:
            version = approved(scenario, what, language=language, again=again)
    assert is_due(scenario, infusion.subject) is due
    assert guards_say(scenario, infusion) is due


def test_who_withdrew_or_failed_is_not_asked_again(scenario):
    withdrawn, stays = scenario.consented(), scenario.consented()
    scenario.wait(days=1)
    approved(scenario, "2.0")
    coordinator = scenario.people["coordinator"]
    assert is_due(scenario, withdrawn)
    subjects.withdraw(
        subject=withdrawn, scope=WithdrawalScope.TREATMENT, reason="own wish", by=coordinator, at=scenario.at
    )
    assert not is_due(scenario, withdrawn)
    assert is_due(scenario, stays)


def work(client) -> list[dict[str, object]]:
    return [item for item in client.get("/api/v1/work/").json()["items"] if item["kind"] == "reconsent"]


def test_the_task_is_there_until_signed_and_overdue_after_the_last_day(scenario, program_of):
    subject = scenario.consented()
    scenario.wait(days=1)
    version = approved(scenario, "2.0", days_left=2)
    client = program_of("coordinator")
    assert [(item["subject"], item["group"]) for item in work(client)] == [(subject.code, "WEEK")]
    assert work(program_of("nurse")) == []
    scenario.wait(days=2)
    assert [item["group"] for item in work(client)] == ["TODAY"]
    scenario.wait(days=1)
    assert [item["group"] for item in work(client)] == ["OVERDUE"]
    signed(scenario, subject, version)
    assert work(client) == []


def test_the_subject_page_and_the_consent_tab_say_it(scenario, browser_of):
    subject = scenario.consented()
    scenario.wait(days=1)
    version = approved(scenario, "2.0", days_left=1)
    client = browser_of("coordinator")
    step = client.get(reverse("subject", args=[subject.code])).context["step"]
    assert (step.label, step.permission) == ("Obtain the consent again", Permission.CONSENT_RECORD)
    tab = client.get(reverse("consent", args=[subject.code])).content.decode()
    assert "Version 2.0 (zh-Hant) has to be signed" in tab
    assert "The last day for it is" in tab
    scenario.wait(days=2)
    assert "The last day for it was" in client.get(reverse("consent", args=[subject.code])).content.decode()
    signed(scenario, subject, version)
    page = client.get(reverse("consent", args=[subject.code]))
    assert page.context["due"] is None
    assert [item["state"] for item in page.context["in_force"]] == ["IN_FORCE"]
    assert [(item["title"], item["state"]) for item in page.context["earlier"]] == [("1.0 (zh-Hant)", "SUPERSEDED")]


def test_the_api_says_it(scenario, program_of):
    subject = scenario.consented()
    client = program_of("coordinator")
    url = f"/api/v1/subjects/{subject.code}/reconsent/"
    assert client.get(url).json() == {"due": False, "version": None, "by": None, "overdue": False}
    scenario.wait(days=1)
    approved(scenario, "2.0", days_left=0)
    until = today_of(scenario).isoformat()
    assert client.get(url).json() == {"due": True, "version": "2.0 (zh-Hant)", "by": until, "overdue": False}
    scenario.wait(days=1)
    assert client.get(url).json()["overdue"] is True
    listed = client.get("/api/v1/subjects/?reconsent=due").json()["results"]
    assert [each["code"] for each in listed] == [subject.code]
    assert client.get("/api/v1/subjects/?reconsent=perhaps").status_code == 400


def test_lists_ask_no_more_for_more_subjects(scenario, browser_of):
    client = browser_of("coordinator")

    def asked(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    addresses = ["/subjects/?reconsent=due", "/work/", "/api/v1/subjects/?reconsent=due"]
    scenario.consented()
    scenario.wait(days=1)
    approved(scenario, "2.0")
    for address in addresses:
        asked(address)
    before = [asked(address) for address in addresses]
    at = scenario.at
    with CaptureQueriesContext(connection) as queries:
        assert len(due_among(Subject.objects.all(), at=at)) == 1
    assert len(queries) == 2
    for _ in range(4):
        scenario.consented()
    assert [asked(address) for address in addresses] == before


def test_signing_again_moves_neither_the_age_nor_the_date_of_consent_in_the_log(scenario, program_of):
    """Somebody who turned 81 meanwhile was 80 on the day of the consent that screening was made under."""
    begun = scenario.at
    subject = scenario.consented()
    scenario.wait(days=1)
    signed(scenario, subject, approved(scenario, "2.0"), before_procedures=False)
    client = program_of("coordinator")
    evaluated = client.get(f"/api/v1/subjects/{subject.code}/screening/").json()["evaluated"]
    assert evaluated["consent_on"] == site_date(begun, timezone=scenario.timezone).isoformat()
    assert evaluated["consent"] == {"status": "signed", "version_approved": True, "before_procedures": True}
    (line,) = client.get("/api/v1/screening-log/").json()["results"]
    assert line["consent"] == "SIGNED"
    assert line["consent_at"] == client.get(f"/api/v1/subjects/{subject.code}/consents/").json()[-1]["given_at"]
