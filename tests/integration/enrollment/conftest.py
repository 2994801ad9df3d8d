"""People at their browsers and programs with their tokens, for the tests of enrolment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from tests.builders.scenario import TrialScenario

BACKEND = "django.contrib.auth.backends.ModelBackend"
PASSWORD = "a password for tests"


@pytest.fixture
def scenario(db: None) -> TrialScenario:
    return TrialScenario(password=PASSWORD)


@pytest.fixture
def browser_of(scenario: TrialScenario) -> Callable[[str], Client]:
    """The browser of a person who has signed in."""

    def signed_in(username: str) -> Client:
        client = Client()
        client.force_login(scenario.people[username], backend=BACKEND)
        return client

    return signed_in


@pytest.fixture
def program_of(scenario: TrialScenario) -> Callable[[str], APIClient]:
    """A program that acts for a person; JSON both ways."""

    def authenticated(username: str) -> APIClient:
        client = APIClient()
        client.default_format = "json"
        client.force_login(scenario.people[username], backend=BACKEND)
        return client

    return authenticated


@pytest.fixture
def signature_of() -> Callable[..., dict[str, Any]]:
    """The fields of a signing form."""

    def fields(username: str, content_hash: str, *, password: str = PASSWORD) -> dict[str, Any]:
        return {
            "meaning": "eligibility",
            "username": username,
            "password": password,
            "content_hash": content_hash,
        }

    return fields
