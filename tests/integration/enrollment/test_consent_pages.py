"""Consents of a participant and their withdrawal."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from enrollment.models import ConsentVersion, Subject
from enrollment.rules.states import SubjectState, WithdrawalScope
from enrollment.services import allocations, consent_versions
from enrollment.services.consent_versions import VersionEntry
from trial.errors import RuleViolation
from trial.rules.site_time import at_site, site_date


@pytest.fixture
def second_version(scenario) -> ConsentVersion:
    return consent_versions.approve(entry=second(scenario), by=scenario.people["admin"], at=scenario.at)


def second(scenario) -> VersionEntry:
    today = site_date(scenario.at, timezone=scenario.timezone)
    return VersionEntry(
        site=scenario.study.sites.get(),
        label="2.0",
        language="zh-Hant",
        approved_on=today,
        approval_reference="REC-2",
        reconsent_required=True,
        reconsent_by=today + timedelta(days=30),
    )


def entry(scenario, version: ConsentVersion, **changes: str) -> dict[str, str]:
    return {
        "version": str(version.pk),
        "status": "SIGNED",
        "given_at": at_site(scenario.at, timezone=scenario.timezone).strftime("%Y-%m-%dT%H:%M"),
        "explained_by": str(scenario.people["subinvestigator"].pk),
        "copy_given": "yes",
        "before_procedures": "yes",
    } | changes


def test_a_new_version_is_signed(scenario, browser_of, second_version):
    subject = scenario.consented()
    response = browser_of("coordinator").post(reverse("consent", args=[subject.code]), entry(scenario, second_version))
    assert response.status_code == 302
    assert set(subject.consents.values_list("consent_version__label", flat=True)) == {"1.0", "2.0"}


def test_the_same_version_is_not_signed_twice(scenario, browser_of):
    subject = scenario.consented()
    client = browser_of("coordinator")
    refused = client.post(reverse("consent", args=[subject.code]), entry(scenario, scenario.consent_version))
    assert (refused.status_code, "CON-TWICE" in refused.content.decode()) == (409, True)
    assert subject.consents.count() == 1


def test_after_the_end_of_participation_no_consent_is_added(scenario, browser_of, second_version):
    subject = scenario.consented()
    client = browser_of("coordinator")
    client.post(reverse("subject-withdrawal", args=[subject.code]), {"scope": "ALL", "reason": "none given"})
    refused = client.post(reverse("consent", args=[subject.code]), entry(scenario, second_version))
    assert (refused.status_code, "CON-ENDED" in refused.content.decode()) == (409, True)


@pytest.mark.parametrize("username", ["nurse", "monitor", "socialworker"])
def test_nobody_else_records_a_consent(scenario, browser_of, second_version, username):
    subject = scenario.consented()
    client = browser_of(username)
    page = client.get(reverse("consent", args=[subject.code]))
    assert "PER-ROLE" in page.content.decode()
    assert "<form" not in page.content.decode().split("Record another answer")[1]
    assert client.post(reverse("consent", args=[subject.code]), entry(scenario, second_version)).status_code == 403


def withdraw(client, subject: Subject, scope: WithdrawalScope, reason: str = "Moves abroad"):
    return client.post(reverse("subject-withdrawal", args=[subject.code]), {"scope": scope.value, "reason": reason})


def test_a_participant_withdraws(scenario, browser_of):
    subject = scenario.eligible()
    assert withdraw(browser_of("coordinator"), subject, WithdrawalScope.TREATMENT).status_code == 302
    subject = Subject.objects.get(pk=subject.pk)
    consent = subject.consents.get()
    assert subject.state == SubjectState.WITHDRAWN
    assert subject.withdrawn_on == site_date(scenario.at, timezone=scenario.timezone)
    assert (consent.withdrawal_scope, consent.withdrawal_reason) == ("TREATMENT", "Moves abroad")
    page = browser_of("coordinator").get(reverse("consent", args=[subject.code])).content.decode()
    assert "Moves abroad" in page


def test_a_withdrawal_is_widened_and_keeps_its_day(scenario, browser_of):
    subject = scenario.eligible()
    client = browser_of("coordinator")
    withdraw(client, subject, WithdrawalScope.TREATMENT)
    first = subject.consents.get().withdrawn_at
    scenario.wait(days=3)
    refused = withdraw(client, subject, WithdrawalScope.TREATMENT)
    assert (refused.status_code, "WDR-SCOPE" in refused.content.decode()) == (409, True)
    assert withdraw(client, subject, WithdrawalScope.ALL).status_code == 302
    consent = subject.consents.get()
    assert (consent.withdrawal_scope, consent.withdrawn_at) == ("ALL", first)
    blocked = client.get(reverse("subject-withdrawal", args=[subject.code])).content.decode()
    assert "WDR-SCOPE" in blocked


def test_a_withdrawn_subject_gets_no_slot(scenario, browser_of):
    subject = scenario.eligible()
    client = browser_of("coordinator")
    withdraw(client, subject, WithdrawalScope.TREATMENT)
    with pytest.raises(RuleViolation) as refusal:
        allocations.allocate(subject=subject, by=scenario.people["coordinator"], at=scenario.at)
    assert {"ALC-STATE", "ALC-CONSENT"} <= set(refusal.value.decision.codes)


@pytest.mark.parametrize("change", [{"scope": ""}, {"scope": "SOME"}, {"reason": ""}])
def test_a_withdrawal_says_from_what_and_why(scenario, browser_of, change):
    subject = scenario.consented()
    sent = {"scope": "ALL", "reason": "none given"} | change
    response = browser_of("coordinator").post(reverse("subject-withdrawal", args=[subject.code]), sent)
    assert response.status_code == 200
    assert response.context["form"].errors
    assert Subject.objects.get(pk=subject.pk).state == SubjectState.SCREENING


def test_nobody_else_records_a_withdrawal(scenario, browser_of):
    subject = scenario.consented()
    client = browser_of("nurse")
    assert "PER-ROLE" in client.get(reverse("subject-withdrawal", args=[subject.code])).content.decode()
    assert withdraw(client, subject, WithdrawalScope.ALL).status_code == 403
