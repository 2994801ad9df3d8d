"""Desks: one browser session per person, all in the one browser, each closed with its test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.desk import Desk

DeskOf = Callable[[str], Desk]


@pytest.fixture
def desk_of(browser: Browser, site_url: str, request: pytest.FixtureRequest) -> Iterator[DeskOf]:
    """``desk_of("nurse")`` is signed in, and is the same desk each time it is asked for."""
    desks: dict[str, Desk] = {}

    def desk_of(username: str) -> Desk:
        if username not in desks:
            desks[username] = Desk(browser, site_url, username=username, story=request.node.name)
            desks[username].sign_in()
        return desks[username]

    yield desk_of
    for desk in desks.values():
        desk.close()
