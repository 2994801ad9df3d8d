"""A visit: it took place, and the question about adverse events was asked."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.desk import Desk


class Visit:
    def __init__(self, desk: Desk) -> None:
        """The desk is at the page of a visit."""
        self.desk = desk
        self.page = desk.page

    def complete(self, *, events: str, note: str = "") -> Desk:
        """``events``: "None" or "Yes", the participant's answer."""
        self.page.get_by_role("radio", name=events).check()
        if note:
            self.page.get_by_label("Note").fill(note)
        return self.desk.press("Enter the visit")

    def is_complete(self) -> None:
        expect(self.page.locator(".page-head")).to_contain_text("Done")
