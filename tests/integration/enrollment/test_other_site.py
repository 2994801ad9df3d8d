"""Subjects of another site do not exist for whoever works at one site only: every address answers 404."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse

from enrollment.models import Subject
from tests.builders.scenario import TrialScenario
from trial.models import Site
from trial.rules.roles import Role
from trial.rules.site_time import site_date
from trial.services import people

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812

PAGES = (
    *("subject", "subject-history", "consent", "subject-withdrawal", "screening", "screening-sign", "screening-fail"),
    *("subject-visits", "subject-loss"),
)
PROGRAMS = (
    *("api-subject", "api-subject-consents", "api-screening", "api-allocation"),
    *("api-telephone-contacts", "api-subject-loss"),
)


@pytest.fixture
def stranger(owner_connection: Connection) -> tuple[Subject, Client]:
    """An eligible subject of the first site, and the coordinator of a second one that the study has."""
    scenario = TrialScenario()
    subject = scenario.eligible()
    with owner_connection, owner_connection.cursor() as cursor:
        context = json.dumps({"actor": "owner", "act": "studies.load"})
        cursor.execute("SELECT set_config('stepwise.context', %s, true)", [context])
        cursor.execute(
            "INSERT INTO trial_site (study_id, code, name, timezone, subject_code_prefix)"
            " VALUES (%s, 'TWO', 'Second hospital', 'Asia/Taipei', 'TWO-')",
            [scenario.study.pk],
        )
    today = site_date(scenario.at, timezone=scenario.timezone)
    admin = scenario.people["admin"]
    newcomer = people.create_account(
        username="elsewhere",
        printed_name="Else Where",
        email="",
        password="another long password",
        study=scenario.study,
        by=admin,
        at=scenario.at,
    )
    people.add_membership(
        user=newcomer,
        study=scenario.study,
        site=Site.objects.get(code="TWO"),
        role=Role.COORDINATOR,
        valid_from=today,
        by=admin,
        at=scenario.at,
    )
    client = Client()
    client.force_login(newcomer, backend="django.contrib.auth.backends.ModelBackend")
    return subject, client


def test_every_address_of_another_sites_subject_is_unknown(stranger):
    subject, client = stranger
    for name in (*PAGES, *PROGRAMS):
        assert client.get(reverse(name, args=[subject.code])).status_code == 404, name
    assert client.post(reverse("screening-preview", args=[subject.code])).status_code == 404
    page = client.get(reverse("subject-list"))
    assert page.status_code == 200
    assert subject.code not in page.content.decode()
    assert client.get(reverse("api-subject-list")).json()["results"] == []


def test_nothing_can_be_changed_there_either(stranger):
    """The newcomer has the role but no delegation: refused before the subject is even looked for."""
    subject, client = stranger
    for name in ("screening", "screening-fail", "consent", "subject-withdrawal", "allocate"):
        assert client.post(reverse(name, args=[subject.code])).status_code in (403, 404), name
