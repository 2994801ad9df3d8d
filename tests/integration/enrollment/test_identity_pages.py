"""The identity of a participant on its pages: closed, opened for a purpose, corrected; refusals beside the control."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrollment.models import IdentityOpening, Subject, SubjectIdentity
from enrollment.rules.states import ConsentStatus, WithdrawalScope
from enrollment.services import subjects
from enrollment.services.consents import ConsentEntry
from tests.builders.identities import person, recorded, typed
from trial.models import AuditEvent
from trial.services.regulated import regulated

VALUES = [value for name, value in person().as_texts().items() if name not in ("number_kind", "born_on")]
BORN = "29 Mar 1948"
MAY = ["coordinator", "investigator", "subinvestigator", "nurse", "socialworker", "monitor"]
MAY_NOT = ["sponsor", "auditor", "dsmb", "medicalmonitor", "datamanager", "pharmacist", "qualityassurance", "admin"]


def page_of(subject: Subject) -> str:
    return reverse("identity", args=[subject.code])


def shown(answer: Any) -> list[str]:
    text = answer.content.decode()
    return [value for value in [*VALUES, BORN] if value in text]


@pytest.fixture
def sealed(scenario) -> Subject:
    subject = scenario.consented()
    recorded(scenario, subject)
    return subject


# ---------------------------------------------------------------------------------------------------------- opening


@pytest.mark.parametrize("username", MAY)
def test_the_page_is_closed_until_it_is_opened_for_a_purpose(sealed, browser_of, username):
    client = browser_of(username)
    page = client.get(page_of(sealed))
    assert (page.status_code, shown(page)) == (200, [])
    purpose = page.context["form"].fields["purpose"].choices[0][0]
    opened = client.post(page_of(sealed), {"purpose": purpose})
    assert (opened.status_code, shown(opened)) == (200, [*VALUES, BORN])
    again = client.get(page_of(sealed))
    assert shown(again) == []
    opening = IdentityOpening.objects.get()
    assert (opening.opened_by.username, opening.purpose) == (username, purpose)
    assert opening.opened_by.printed_name in again.content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
def test_no_answer_is_kept_by_browser_or_proxy(sealed, browser_of, method):
    client = browser_of("coordinator")
    for name in ("identity", "identity-record", "identity-correct"):
        answer = getattr(client, method)(reverse(name, args=[sealed.code]), {"purpose": "CONTACT"})
        assert "no-store" in answer["Cache-Control"], name
        assert "private" in answer["Cache-Control"], name


@pytest.mark.parametrize("username", MAY_NOT)
def test_r30_nobody_else_comes_near(sealed, browser_of, username):
    client = browser_of(username)
    for answer in (client.get(page_of(sealed)), client.post(page_of(sealed), {"purpose": "CONTACT"})):
        assert (answer.status_code, shown(answer)) == (403, [])
    assert not IdentityOpening.objects.exists()


@pytest.mark.parametrize(("username", "there"), [("nurse", True), ("sponsor", False), ("auditor", False)])
def test_the_tab_is_there_for_whoever_may_open(scenario, browser_of, username, there):
    page = browser_of(username).get(reverse("subject", args=[scenario.consented().code]))
    assert (b"/identity/" in page.content) is there


@pytest.mark.parametrize("purpose", ["", "CORRECTION", "CURIOSITY"])
def test_a_purpose_that_may_not_be_stated_is_an_error_at_the_field(sealed, browser_of, purpose):
    answer = browser_of("nurse").post(page_of(sealed), {"purpose": purpose})
    assert (answer.status_code, shown(answer)) == (200, [])
    assert answer.context["form"].errors["purpose"]
    assert not IdentityOpening.objects.exists()


def test_a_note_that_repeats_what_is_sealed_is_refused(sealed, browser_of):
    answer = browser_of("coordinator").post(page_of(sealed), {"purpose": "CONTACT", "note": "call 0955 731 946"})
    assert (answer.status_code, "IDV-TEXT" in answer.content.decode()) == (409, True)
    assert not IdentityOpening.objects.exists()


def test_without_an_identity_the_page_says_so(scenario, browser_of):
    subject = scenario.consented()
    client = browser_of("nurse")
    assert "IDV-NONE" in client.get(page_of(subject)).content.decode()
    refused = client.post(page_of(subject), {"purpose": "CONTACT"})
    assert (refused.status_code, "IDV-NONE" in refused.content.decode()) == (409, True)


@pytest.mark.parametrize(("username", "left"), [("coordinator", 2), ("nurse", 1), ("socialworker", 0), ("monitor", 1)])
def test_r32_after_withdrawal_of_data_two_purposes_are_left(scenario, sealed, browser_of, username, left):
    subjects.withdraw(
        subject=sealed,
        scope=WithdrawalScope.DATA_USE,
        reason="none given",
        by=scenario.people["coordinator"],
        at=scenario.at,
    )
    page = browser_of(username).get(page_of(sealed))
    offered = [value for value, _label in page.context["form"].fields["purpose"].choices]
    assert len(offered) == left
    assert set(offered) <= {"CLINICAL_SAFETY", "INSPECTION"}
    assert ("IDV-WITHDRAWN" in page.content.decode()) is (left == 0)


def test_a_broken_seal_shows_nothing_and_says_so(scenario, sealed, browser_of):
    other = scenario.consented()
    recorded(scenario, other, person(number="A123456789", full_name="另一人"))
    theirs = SubjectIdentity.objects.get(subject=other)
    identity = SubjectIdentity.objects.get(subject=sealed)
    identity.sealed = theirs.sealed
    identity.recorded_by = scenario.people["coordinator"]
    with regulated(by=scenario.people["coordinator"], act="attack", reason="attack"):
        identity.save(update_fields=["sealed", "recorded_by"])
    answer = browser_of("nurse").post(page_of(sealed), {"purpose": "CONTACT"})
    assert (answer.status_code, "IDV-SEAL" in answer.content.decode(), shown(answer)) == (409, True, [])


def test_a_key_that_is_missing_is_told_not_an_error(sealed, browser_of, settings, tmp_path):
    for path in ("", str(tmp_path / "nothing")):
        settings.VAULT_KEYS_FILE = path
        answer = browser_of("nurse").post(page_of(sealed), {"purpose": "CONTACT"})
        assert (answer.status_code, "IDV-KEYS" in answer.content.decode()) == (409, True)
    (tmp_path / "keys").write_text("Zm9yIGFub3RoZXIgaW5zdGFsbGF0aW9uLCBub3RoaXM=\n")
    settings.VAULT_KEYS_FILE = str(tmp_path / "keys")
    answer = browser_of("nurse").post(page_of(sealed), {"purpose": "CONTACT"})
    assert (answer.status_code, "IDV-KEY" in answer.content.decode()) == (409, True)
    assert browser_of("nurse").get(page_of(sealed)).status_code == 200


# ------------------------------------------------------------------------------------------- recording and correcting


def test_an_identity_is_recorded(scenario, browser_of):
    subject = scenario.consented()
    client = browser_of("coordinator")
    assert "Record the identity" in client.get(page_of(subject)).content.decode()
    form = client.get(reverse("identity-record", args=[subject.code]))
    assert form.content.decode().count('autocomplete="off"') == len(form.context["form"].fields)
    answer = client.post(reverse("identity-record", args=[subject.code]), typed(person(), number="b18-7654324"))
    assert answer.status_code == 302
    opened = client.post(page_of(subject), {"purpose": "IDENTITY_CHECK"})
    assert shown(opened) == [*VALUES, BORN]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("full_name", ""),
        ("number", "B187654325"),
        ("number", ""),
        ("born_on", "2199-01-01"),
        ("born_on", "1.1.1948"),
        ("born_on", ""),
        ("email", "nobody"),
        ("number_kind", "LIBRARY_CARD"),
        ("address", "x" * 301),
    ],
)
def test_bad_input_is_an_error_at_its_field(scenario, browser_of, field, value):
    subject = scenario.consented()
    answer = browser_of("coordinator").post(
        reverse("identity-record", args=[subject.code]), typed(person()) | {field: value}
    )
    assert (answer.status_code, list(answer.context["form"].errors)) == (200, [field])
    assert not SubjectIdentity.objects.exists()


def test_the_same_person_does_not_take_part_twice(scenario, sealed, browser_of):
    twin = scenario.consented()
    refused = browser_of("coordinator").post(
        reverse("identity-record", args=[twin.code]),
        typed(person(full_name="Another Spelling", number_kind="OTHER", number="b187654324")),
    )
    assert refused.status_code == 409
    assert "IDV-TWICE" in refused.content.decode()
    assert sealed.code in refused.content.decode()
    assert not SubjectIdentity.objects.filter(subject=twin).exists()


@pytest.mark.parametrize("username", ["nurse", "socialworker", "monitor"])
def test_nobody_else_records_or_corrects(sealed, browser_of, username):
    for name in ("identity-record", "identity-correct"):
        assert browser_of(username).post(reverse(name, args=[sealed.code]), typed(person())).status_code == 403


def test_r31_without_a_signed_consent_nothing_is_recorded(scenario, browser_of):
    subject = refused_consent(scenario)
    client = browser_of("coordinator")
    assert "IDV-CONSENT" in client.get(page_of(subject)).content.decode()
    answer = client.post(reverse("identity-record", args=[subject.code]), typed(person()))
    assert (answer.status_code, "IDV-CONSENT" in answer.content.decode()) == (409, True)
    assert not SubjectIdentity.objects.exists()


def refused_consent(scenario) -> Subject:
    entry = ConsentEntry(
        version=scenario.consent_version,
        status=ConsentStatus.REFUSED,
        given_at=scenario.at,
        explained_by=scenario.people["investigator"],
        copy_given=False,
        before_procedures=True,
    )
    return subjects.register(
        site=scenario.study.sites.get(), consent=entry, by=scenario.people["coordinator"], at=scenario.at
    )


def correcting(client: Client, subject: Subject) -> dict[str, str]:
    """What the form holds that an opening for correction shows."""
    form = client.post(page_of(subject), {"purpose": "CORRECTION"}).context["form"]
    return {name: str(form.initial.get(name, "")) for name in form.fields}


def test_an_identity_is_corrected_with_a_reason(scenario, sealed, browser_of):
    client = browser_of("coordinator")
    sent = correcting(client, sealed) | {"phone": "0911-222-333", "reason": "Two digits were interchanged"}
    before = SubjectIdentity.objects.get().sealed
    assert client.post(reverse("identity-correct", args=[sealed.code]), sent).status_code == 302
    opened = client.post(page_of(sealed), {"purpose": "CONTACT"})
    assert "0911-222-333" in opened.content.decode()
    event = AuditEvent.objects.filter(table_name="enrollment_subjectidentity", operation="U").get()
    assert event.reason == "Two digits were interchanged"
    assert event.before["sealed"] == before
    assert not [value for value in VALUES if value in str(event.before) + str(event.after)]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "IDV-SAME"),
        ({"phone": "1", "reason": "it is 0955-731-946"}, "IDV-TEXT"),
        ({"phone": "1", "version": "another"}, "stale"),
    ],
)
def test_a_refused_correction_changes_nothing(scenario, sealed, browser_of, changes, code):
    client = browser_of("coordinator")
    before = SubjectIdentity.objects.get().sealed
    sent = correcting(client, sealed) | {"reason": "A mistake"} | changes
    refused = client.post(reverse("identity-correct", args=[sealed.code]), sent)
    assert (refused.status_code, code in refused.content.decode()) == (409, True)
    assert SubjectIdentity.objects.get().sealed == before


def test_a_correction_without_reason_is_an_error_at_the_field(sealed, browser_of):
    client = browser_of("coordinator")
    answer = client.post(reverse("identity-correct", args=[sealed.code]), correcting(client, sealed) | {"reason": ""})
    assert (answer.status_code, list(answer.context["form"].errors)) == (200, ["reason"])


def test_nothing_is_corrected_unseen(sealed, browser_of):
    answer = browser_of("coordinator").get(reverse("identity-correct", args=[sealed.code]))
    assert (answer.status_code, answer["Location"]) == (302, page_of(sealed))


# ---------------------------------------------------------------------------------------------------------- queries


def test_the_page_asks_as_much_for_one_opening_as_for_fifteen(scenario, sealed, browser_of):
    client = browser_of("nurse")
    client.post(page_of(sealed), {"purpose": "CONTACT"})
    counts = []
    for more in (0, 14):
        for _ in range(more):
            client.post(page_of(sealed), {"purpose": "CONTACT"})
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(page_of(sealed))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12
