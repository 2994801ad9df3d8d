"""The page on which a visitor of the demonstration moves its clock."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.desk import Desk

WORKER_MS = 30_000


class Clock:
    """The visitor waits until the worker says that it has caught up."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        desk.press("Move the clock", arrives_at="Trial clock")

    def move(self, button: str) -> Desk:
        """``button``: "One day on", "One week on", "To the next due thing"."""
        self.desk.press(button, arrives_at="Trial clock")
        expect(self.desk.page.locator("#clock-progress")).to_contain_text("Caught up", timeout=WORKER_MS)
        return self.desk.look()
