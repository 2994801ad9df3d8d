"""A query parameter that an address does not know is refused: a misspelt filter never answers with other rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import resolve

from config.openapi_page import openapi_document
from tests.builders.scenario import TrialScenario
from trial.demonstration import ACCOUNTS
from trial.models import DosingHold
from trial.permissions import TABLE, Permission

pytestmark = pytest.mark.django_db
Browser = Callable[[str], Client]


def readable() -> list[tuple[str, set[str]]]:
    """Each address that is read, of an object that does not exist, with its documented query parameters."""
    return [
        (
            re.sub(r"\{[^}]+\}", "999999", path),
            {parameter["name"] for parameter in methods["get"].get("parameters", ()) if parameter["in"] == "query"},
        )
        for path, methods in openapi_document()["paths"].items()
        if "get" in methods
    ]


def username_for(path: str) -> str:
    permission: Permission = resolve(path).func.cls.permission
    if permission is Permission.SIGNED_IN:
        return "nurse"
    grant = TABLE[permission]
    return next(
        account.username
        for account in ACCOUNTS
        if account.role in grant.roles and (grant.task is None or grant.task in account.tasks)
    )


@pytest.fixture
def reader_of(browser_of: Browser) -> Browser:
    """The browser of somebody to whom this address opens."""
    return lambda path: browser_of(username_for(path))


def test_every_address_refuses_a_parameter_that_it_does_not_know(reader_of: Browser) -> None:
    wrong = []
    for path, documented in readable():
        answer = reader_of(path).get(path, {"colour": "red"})
        known = ", ".join(sorted(documented | {"format"}))
        expected = {"colour": [f"Unknown parameter. Known here: {known}."]}
        if (answer.status_code, answer.json()) != (400, expected):
            wrong.append((path, answer.status_code, answer.content))
    assert len(readable()) > 30
    assert wrong == []


def test_every_documented_parameter_is_known(reader_of: Browser) -> None:
    wrong = []
    for path, documented in readable():
        answer = reader_of(path).get(path, dict.fromkeys(documented, "1") | {"format": "json"})
        if answer.status_code >= 500 or b"Unknown parameter" in answer.content:
            wrong.append((path, answer.status_code, answer.content))
    assert wrong == []


def test_all_unknown_parameters_are_named_at_once(browser_of: Browser) -> None:
    answer = browser_of("nurse").get("/api/v1/subjects/", {"stat": "ALLOCATED", "State": "ALLOCATED", "page": 1})
    assert answer.status_code == 400
    assert set(answer.json()) == {"stat", "State"}


def test_a_request_that_acts_is_steered_by_its_body_alone(browser_of: Browser, scenario: TrialScenario) -> None:
    client = browser_of("investigator")
    body: dict[str, Any] = {"reason": "A question about the last infusion"}
    refused = client.post("/api/v1/holds/?cohort=1", body, content_type="application/json")
    assert (refused.status_code, set(refused.json())) == (400, {"cohort"})
    assert not DosingHold.objects.exists()
    assert client.post("/api/v1/holds/", body, content_type="application/json").status_code == 201


def test_a_stranger_hears_of_no_parameter(browser_of: Browser) -> None:
    assert Client().get("/api/v1/subjects/", {"colour": "red"}).status_code in (401, 403)
    refused = browser_of("admin").get("/api/v1/subjects/", {"colour": "red"})
    assert (refused.status_code, list(refused.json())) == (403, ["reasons"])
