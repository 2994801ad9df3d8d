"""The bedside page: what is missing clears reason by reason, then the infusion runs against a clock."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.browser.pages.blocked import reasons_beside
from tests.browser.pages.signing import sign
from tests.browser.steps import now_at_site, typed
from trial.demonstration import PASSWORD

START = "Start the infusion now"


def plan(desk: Desk, code: str, *, on: str) -> Bedside:
    """The day of a subject's next infusion."""
    desk.open(f"/subjects/{code}/infusions/plan/")
    desk.page.get_by_label("Planned for").fill(on)
    desk.press("Plan the infusion")
    return Bedside(desk)


class Bedside:
    """The desk is at the page of an infusion."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.page = desk.page

    def look_again(self) -> Bedside:
        self.page.reload()
        self.desk.look()
        return self

    def record_day(self, *, weight_kg: str, pregnancy: str) -> None:
        """Weighed an hour ago; the laboratory sample is of yesterday and acceptable."""
        self.page.get_by_label("Body weight").fill(weight_kg)
        self.page.get_by_label("Weighed at").fill(typed(now_at_site(timedelta(hours=1))))
        self.page.get_by_label("Pregnancy test", exact=True).select_option(label=pregnancy)
        self.page.get_by_label("Safety laboratory reviewed").select_option(label="Acceptable for dosing")
        self.page.get_by_label("Sample for the laboratory").fill(typed(now_at_site(timedelta(hours=20))))
        self.act("Record the facts of the day")

    def act(self, button: str, *, refusal: int | None = None) -> None:
        """The page sends the act by itself, and then shows what is."""
        self.page.evaluate("document.querySelector('main').dataset.before = 'yes'")
        self.page.get_by_role("button", name=button, exact=True).click()
        self.shows_what_is(refusal=refusal)

    def shows_what_is(self, *, refusal: int | None = None) -> None:
        expect(self.page.locator("main:not([data-before])")).to_be_attached()
        self.desk.look(refusal=refusal)

    def identify(self, *, username: str | None = None, refusal: int | None = None) -> None:
        """Who infuses signs first."""
        sign(self.desk, button="Sign as the first person", username=username, refusal=refusal)

    def verify(self, *, username: str, password: str = PASSWORD, refusal: int | None = None) -> None:
        """The second person signs on this screen, with their own name and password."""
        sign(self.desk, button="Sign as the second person", username=username, password=password, refusal=refusal)

    def reasons_against_start(self) -> list[str]:
        return reasons_beside(self.page, START).all_inner_texts()

    def start(self) -> None:
        self.act(START)
        expect(self.page.locator("[data-clock]")).to_be_visible()

    def clock_runs(self) -> None:
        clock = self.page.locator("[data-clock][data-running]")
        before = clock.inner_text()
        expect(clock).not_to_have_text(before)

    def complete(self) -> None:
        """All of it ran in: the volume that was planned is offered already."""
        self.act("Complete the infusion")
