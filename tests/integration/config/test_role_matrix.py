"""Every address against every role: what the table of permissions says is what happens, for pages and API alike."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from reports.views.status import READERS
from tests.builders.scenario import TrialScenario
from tests.servers import Broker
from trial.demonstration import ACCOUNTS
from trial.permissions import TABLE, Permission
from trial.rules.roles import Role

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
# One account per role; all tasks of the demonstration are delegated to them.
ONE_OF_EACH = {account.role: account for account in reversed(ACCOUNTS)}


def addresses(resolver: URLResolver | None = None, prefix: str = "/") -> Iterator[tuple[str, URLPattern]]:
    """Each address with something in the place of its parameters: an object that does not exist is a 404, not a 403."""
    for entry in (resolver or get_resolver()).url_patterns:
        address = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from addresses(entry, address)
        else:
            yield _filled(address), entry


def _filled(address: str) -> str:
    address = re.sub(r"\(\?P<[^>]+>\[[^\]]*\]\*\\d\)", "NONE-999", address).replace("^", "").replace("$", "")
    return re.sub(r"<int:[^>]+>", "999999", re.sub(r"<(?:str|slug):[^>]+>", "NONE-999", address))


def declared(pattern: URLPattern) -> tuple[Permission, Permission]:
    view = getattr(pattern.callback, "cls", None) or pattern.callback
    opens: Permission = view.permission
    return opens, getattr(view, "post_permission", opens)


def test_what_the_table_says_is_what_happens(broker: Broker) -> None:
    broker.ensure()
    scenario = TrialScenario()
    wrong = []
    for role, account in ONE_OF_EACH.items():
        client = Client()
        client.force_login(scenario.people[account.username], backend=BACKEND)
        for address, pattern in addresses():
            if pattern.name == "logout":
                continue
            opens, acts = declared(pattern)
            # A page that a person may open may still refuse what they look for, but not with "you may not".
            wrong += _wrong(client, "GET", address, role=role, permission=opens, name=pattern.name)
            if not _may(role, acts):
                wrong += _wrong(client, "POST", address, role=role, permission=acts, name=pattern.name)
    assert wrong == []


def _may(role: Role, permission: Permission) -> bool:
    grant = TABLE[permission]
    return role in grant.roles and (grant.task is None or grant.task in ONE_OF_EACH[role].tasks)


def _wrong(
    client: Client, method: str, address: str, *, role: Role, permission: Permission, name: str | None
) -> list[str]:
    answer = client.get(address) if method == "GET" else client.post(address)
    may = _may(role, permission) and not (name == "status" and role not in READERS)
    if answer.status_code == 405:
        return []
    if answer.status_code >= 500 or (answer.status_code == 403) is may:
        return [f"{method} {address} as {role}: {answer.status_code}"]
    return []


def test_nobody_gets_anywhere_without_signing_in() -> None:
    client = Client()
    for address, pattern in addresses():
        opens, _ = declared(pattern)
        if opens is Permission.PUBLIC:
            continue
        answer = client.post(address) if pattern.name == "logout" else client.get(address)
        if address.startswith("/api/") and pattern.name not in ("api-docs", "api-schema"):
            assert answer.status_code in (401, 403), address
        elif answer.status_code != 405:
            assert answer.status_code == 302, address
            assert answer["Location"].startswith(reverse("login")), address


def test_a_refusal_says_who_may(client: Client) -> None:
    scenario = TrialScenario()
    client.force_login(scenario.people["admin"], backend=BACKEND)
    page = client.get(reverse("subject-list"))
    assert page.status_code == 403
    assert "This is done by:" in page.content.decode()
