"""One person at a browser of their own. Every page they come to is looked at: is it quiet, is it accessible?"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import APIResponse, Browser, ConsoleMessage, Page, Request, Response, expect

from tests import servers
from trial.demonstration import PASSWORD

SHOTS = servers.ROOT / "var" / "screenshots"
WIDTHS = {"wide": 1440, "tablet": 820}
HEIGHT = 1000
PATIENCE_MS = 15_000
_REFUSAL = 400
_SERVER_ERROR = 500
# Said by Chromium beside an answer that is judged by its status, and by htmx when leaving the page overtakes a preview.
_ECHOES = ("Failed to load resource", "htmx:sendAbort", "htmx:afterRequest")
_AXE = Axe()
# What kinds of elements a page is made of: each with its ancestors' tags and classes, the names of its attributes and
# whether there is text in it. Ten rows or a hundred are the same kinds.
_KINDS = """() => {
  const paths = new Map();
  for (const element of document.querySelectorAll("*")) {
    const own = [element.tagName, element.getAttribute("class"), element.getAttributeNames().join()].join(".");
    const path = `${paths.get(element.parentElement) ?? ""}>${own}`;
    paths.set(element, path);
  }
  const filled = (element) => (element.textContent.trim() || element.value ? "#" : "");
  return [...new Set([...paths].map(([element, path]) => path + filled(element)))].sort().join("\\n");
}"""
_EXAMINED: set[tuple[str, int, int]] = set()


@dataclass
class Noise:
    """What a page did besides showing itself: complaints of the browser, and answers that are refusals."""

    complaints: list[str] = field(default_factory=list)
    refusals: list[tuple[int, str]] = field(default_factory=list)

    def hear(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._answer)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(_ECHOES):
            self.complaints.append(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        """An answer that is a file to keep, and a preview overtaken by the next one, end as "aborted"."""
        if "ERR_ABORTED" not in (request.failure or ""):
            self.complaints.append(f"failed: {request.url} {request.failure}")

    def _answer(self, response: Response) -> None:
        if response.status >= _REFUSAL:
            self.refusals.append((response.status, response.url))


def assert_quiet(noise: Noise, *, page: Page, refusal: int | None = None) -> None:
    """No complaint in the console, none of the content security policy, no request that failed or was refused.

    ``refusal``: the one status that this step expects of the page itself, such as 409.
    """
    unexpected = [each for each in noise.refusals if each[0] != refusal or each[0] >= _SERVER_ERROR]
    found = (noise.complaints, unexpected)
    expected_came = refusal is None or any(status == refusal for status, _url in noise.refusals)
    noise.complaints, noise.refusals = [], []
    assert found == ([], []), f"{page.url} is not quiet: {found}"
    assert expected_came, f"{page.url} did not answer {refusal}"


def assert_accessible(page: Page) -> None:
    """No finding of axe at all, contrast of colours and best practices included.

    A page made of the very kinds of elements of one that was found clean at the same width is not examined twice.
    """
    kinds = (_shape_of(page), page.viewport_size["width"] if page.viewport_size else 0, hash(page.evaluate(_KINDS)))
    if kinds in _EXAMINED:
        return
    results = _AXE.run(page)
    assert not results.violations_count, f"{page.url} is not accessible: {results.generate_report()}"
    _EXAMINED.add(kinds)


def _shape_of(page: Page) -> str:
    return re.sub(r"\d+", "0", urlsplit(page.url).path)


class Desk:
    """``username`` at their own browser on the site; ``story`` names the folder of the pictures, if any are wanted."""

    def __init__(self, browser: Browser, site_url: str, *, username: str, story: str) -> None:
        self.username = username
        self._story = story
        self._context = browser.new_context(
            base_url=site_url,
            viewport={"width": WIDTHS["wide"], "height": HEIGHT},
            reduced_motion="reduce",
            locale="en-GB",
        )
        self._context.set_default_timeout(PATIENCE_MS)
        self._context.set_default_navigation_timeout(PATIENCE_MS)
        self.noise = Noise()
        self.page = self.new_tab()

    def new_tab(self) -> Page:
        """Another tab of the same browser: same session."""
        page = self._context.new_page()
        self.noise.hear(page)
        return page

    def close(self) -> None:
        self._context.close()

    # ------------------------------------------------------------------------------------------------ going about

    def sign_in(self, *, password: str = PASSWORD) -> Self:
        self.page.goto("/sign-in/")
        self.page.get_by_label("Username").or_(self.page.get_by_label("User name")).fill(self.username)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        return self.arrive("Study board")

    def open(self, path: str, *, refusal: int | None = None) -> Self:
        self.page.goto(path)
        return self.look(refusal=refusal)

    def go(self, place: str) -> Self:
        """By the navigation, as people do."""
        navigation = self.page.get_by_role("navigation", name="Main")
        navigation.get_by_role("link", name=place, exact=True).click()
        return self.arrive(place)

    def press(self, name: str, *, arrives_at: str | re.Pattern[str] | None = None, refusal: int | None = None) -> Self:
        """Press the button or link of that name; with ``arrives_at`` the heading of the page that follows."""
        control = self.page.get_by_role("button", name=name, exact=True).or_(
            self.page.get_by_role("link", name=name, exact=True)
        )
        with self.page.expect_navigation():
            control.click()
        return self.arrive(arrives_at, refusal=refusal) if arrives_at else self.look(refusal=refusal)

    def post(self, path: str, **form: str) -> APIResponse:
        """Past the page: what somebody could send who was shown no form."""
        if not any(cookie["name"] == "csrftoken" for cookie in self._context.cookies()):
            self._context.request.get("/account/tokens/")
        token = next(cookie["value"] for cookie in self._context.cookies() if cookie["name"] == "csrftoken")
        return self._context.request.post(path, form=form | {"csrfmiddlewaretoken": token}, max_redirects=0)

    def arrive(self, heading: str | re.Pattern[str], *, refusal: int | None = None) -> Self:
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(heading)
        return self.look(refusal=refusal)

    # --------------------------------------------------------------------------------------------------- looking

    def look(self, *, refusal: int | None = None) -> Self:
        """What every page owes to whoever comes to it."""
        self.page.wait_for_load_state("load")
        assert_quiet(self.noise, page=self.page, refusal=refusal)
        assert_accessible(self.page)
        if os.environ.get("STEPWISE_SHOTS") == "1":
            self._shoot()
        return self

    def sees(self, text: str | re.Pattern[str]) -> Self:
        expect(self.page.get_by_role("main")).to_contain_text(text)
        return self

    def does_not_see(self, text: str | re.Pattern[str]) -> Self:
        expect(self.page.get_by_role("main")).not_to_contain_text(text)
        return self

    def shoot(self, path: Path, *, width: int, whole: bool = True) -> None:
        """``whole``: as long as the page is, instead of what fits on the screen."""
        self.page.set_viewport_size({"width": width, "height": HEIGHT})
        path.parent.mkdir(parents=True, exist_ok=True)
        # The caret stays: hiding it would need a style that the content security policy forbids.
        self.page.screenshot(path=path, full_page=whole, caret="initial")

    def _shoot(self) -> None:
        place = re.sub(r"\W+", "-", urlsplit(self.page.url).path).strip("-") or "board"
        for name, width in reversed(WIDTHS.items()):
            self.shoot(SHOTS / self._story / f"{place}-{self.username}-{name}.png", width=width)
