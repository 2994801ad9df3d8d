"""Everybody walks through the whole house: every door of their navigation opens, and no link leads nowhere."""

from __future__ import annotations

import re
from collections import deque
from urllib.parse import urljoin, urlsplit

import pytest

from tests.browser.desk import Desk
from trial.demonstration import ACCOUNTS

# Of two accounts with the same role one walks.
WALKERS = [account.username for account in ACCOUNTS if not account.username.endswith("2")]
DEPTH = 3
_HREF = re.compile(r"""<a\b[^>]*?\shref="([^"#]+)""")
_NUMBER = re.compile(r"\d+")


@pytest.mark.parametrize("username", WALKERS)
def test_every_place_of_the_navigation_opens_and_no_link_is_dead(desk_of, username):
    """Given the demonstration; when somebody opens each place they are offered; then it is there, for everybody."""
    desk = desk_of(username)
    links = desk.page.get_by_role("navigation", name="Main").get_by_role("link")
    places = {link.inner_text().strip(): link.get_attribute("href") for link in links.all()}
    assert places
    for label, address in places.items():
        desk.open(address)
        assert desk.page.get_by_role("heading", level=1).inner_text().strip(), label
        # An address that nothing answers to is shown as the way home: no thing to do is done on the board.
        assert desk.page.get_by_role("main").locator("a[href='/']").count() == 0, label
    assert_no_dead_link(desk, start=[*places.values(), "/notifications/"])


def assert_no_dead_link(desk: Desk, *, start: list[str]) -> None:
    """Follow every link, a few steps deep, one of each shape: /visits/12/ stands for all visits."""
    seen = {_shape(address) for address in start}
    queue = deque((address, 1, "the navigation") for address in start)
    dead: list[str] = []
    while queue:
        address, depth, source = queue.popleft()
        answer = desk.page.request.get(address, max_redirects=5)
        if not answer.ok:
            dead.append(f"{answer.status} {address} (from {source})")
        elif depth < DEPTH and "text/html" in answer.headers.get("content-type", ""):
            for link in _links(answer.text(), page=address):
                if _shape(link) not in seen:
                    seen.add(_shape(link))
                    queue.append((link, depth + 1, address))
    assert dead == [], f"Dead links of {desk.username}"


def _links(text: str, *, page: str) -> list[str]:
    found = [urljoin(page, link.replace("&amp;", "&")) for link in _HREF.findall(text)]
    return [link for link in found if not urlsplit(link).scheme]


def _shape(address: str) -> str:
    parts = urlsplit(address)
    names = sorted(pair.partition("=")[0] for pair in parts.query.split("&"))
    return _NUMBER.sub("0", parts.path) + "?" + "&".join(names)
