"""People at their browsers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from tests.builders.scenario import TrialScenario

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def scenario(db: None) -> TrialScenario:
    return TrialScenario()


@pytest.fixture
def browser_of(scenario: TrialScenario) -> Callable[[str], Client]:
    """The browser of a person who has signed in."""

    def signed_in(username: str) -> Client:
        client = Client()
        client.force_login(scenario.people[username], backend=BACKEND)
        return client

    return signed_in
