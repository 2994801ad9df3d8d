"""Passwords and roles are given by the application, never by a statement; and a first password does not sign."""

from __future__ import annotations

import pytest
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.http import HttpRequest

from tests.builders.scenario import TrialScenario
from trial.errors import ReauthenticationFailed
from trial.models import AuditEvent, Membership, User
from trial.services import people
from trial.services.regulated import regulated
from trial.services.signatures import reauthenticate

pytestmark = pytest.mark.django_db
FIRST, OWN = "a first password 2026", "an own long password"


@pytest.fixture
def scenario():
    return TrialScenario()


@pytest.fixture
def newcomer(scenario):
    return people.create_account(
        username="newcomer",
        printed_name="New Comer",
        email="",
        password=FIRST,
        study=scenario.study,
        by=scenario.people["admin"],
        at=scenario.at,
    )


def sign_with(password):
    request = HttpRequest()
    request.META = {"REMOTE_ADDR": "127.0.0.1", "HTTP_USER_AGENT": "test"}
    return reauthenticate(request=request, username="newcomer", password=password, content_sha256="0" * 64)


def test_a_first_password_signs_nothing_until_it_is_changed(newcomer):
    with pytest.raises(ReauthenticationFailed):
        sign_with(FIRST)
    people.change_password(user=newcomer, present=FIRST, new=OWN)
    assert sign_with(OWN).user == newcomer


def test_a_wrong_present_password_or_a_weak_new_one_changes_nothing(newcomer):
    with pytest.raises(ReauthenticationFailed):
        people.change_password(user=newcomer, present="wrong", new=OWN)
    with pytest.raises(ValidationError):
        people.change_password(user=newcomer, present=FIRST, new="short")
    assert User.objects.get(pk=newcomer.pk).check_password(FIRST)


@pytest.mark.parametrize("target", ["investigator", "newcomer"])
def test_no_statement_puts_a_known_password_on_an_account(scenario, newcomer, target):
    known = make_password("known to the attacker")
    with (
        pytest.raises(DatabaseError, match="PEO-PASSWORD"),
        transaction.atomic(),
        regulated(by=newcomer, act="attack"),
    ):
        User.objects.filter(username=target).update(password=known)


def test_no_statement_makes_an_account_that_can_sign_in(scenario):
    with (
        pytest.raises(DatabaseError, match="PEO-PASSWORD"),
        transaction.atomic(),
        regulated(by=scenario.people["sponsor"], act="attack"),
    ):
        User.objects.create(username="forged", printed_name="Forged", password=make_password("known"))


def test_no_statement_makes_an_investigator(scenario):
    sponsor = scenario.people["sponsor"]
    own = sponsor.memberships.get()
    with (
        pytest.raises(DatabaseError, match="PEO-ROLE"),
        transaction.atomic(),
        regulated(by=sponsor, act="attack"),
    ):
        Membership.objects.filter(pk=own.pk).update(role="principal_investigator")
    other = scenario.people["investigator"].memberships.get()
    with (
        pytest.raises(DatabaseError, match="PEO-ROLE"),
        transaction.atomic(),
        regulated(by=sponsor, act="attack"),
    ):
        Membership.objects.create(
            user=sponsor, study=scenario.study, role=other.role, valid_from=other.valid_from, mac=other.mac
        )


def test_history_says_that_a_password_changed_and_never_what_it_is(newcomer):
    people.change_password(user=newcomer, present=FIRST, new=OWN)
    rows = AuditEvent.objects.filter(table_name="trial_user", row_id=str(newcomer.pk)).order_by("id")
    marks = [event.after["password"] for event in rows]
    assert len(marks) == len(set(marks)) == 2
    hashed = User.objects.get(pk=newcomer.pk).password
    assert not AuditEvent.objects.filter(after__password=hashed).exists()
    assert all("password_mac" not in event.after for event in rows)


def test_the_password_page_changes_it_and_says_why_not(client, scenario, newcomer):
    client.force_login(newcomer, backend="django.contrib.auth.backends.ModelBackend")
    wrong = client.post("/account/password/", {"present": "wrong", "new": OWN, "again": OWN})
    assert wrong.status_code == 403
    assert b"not right" in wrong.content
    differing = client.post("/account/password/", {"present": FIRST, "new": OWN, "again": "another"})
    assert b"differ" in differing.content
    done = client.post("/account/password/", {"present": FIRST, "new": OWN, "again": OWN})
    assert done.status_code == 302
    assert User.objects.get(pk=newcomer.pk).check_password(OWN)
