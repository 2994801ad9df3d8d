"""An adverse event: what happened, and beside it what follows when it is saved."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.browser.desk import Desk


class EventForm:
    def __init__(self, desk: Desk, code: str) -> None:
        self.desk = desk.open(f"/subjects/{code}/events/new/")
        self.page = desk.page

    def describe(self, words: str, *, began_on: str) -> None:
        self.page.get_by_label("In the words of the participant").fill(words)
        self.page.get_by_label("Began on").fill(began_on)

    def choose_term(self, typed: str, *, term: str) -> None:
        """A few letters, then the term out of the list that appears."""
        self.page.get_by_label("CTCAE term").press_sequentially(typed, delay=20)
        self.page.locator("#suggestions").get_by_role("button", name=term).first.click()
        expect(self.page.get_by_label("CTCAE term")).to_have_value(term)

    def grade(self, number: int) -> None:
        self.page.get_by_role("radio", name=f"Grade {number}").check()

    def serious(self, answer: str) -> None:
        self.page.locator("[name=serious]").and_(self.page.get_by_label(answer, exact=True)).check()

    @property
    def follows(self) -> Locator:
        """What the form says beforehand that saving will do."""
        return self.page.locator(".follows")

    def save(self) -> Desk:
        return self.desk.press("Save the event")
