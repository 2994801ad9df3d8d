"""My work: what waits, and the one button that leads to it."""

from __future__ import annotations

from playwright.sync_api import Locator

from tests.browser.desk import Desk


class Work:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk.go("My work")
        self.page = desk.page

    def item(self, text: str, *, about: str = "", group: str = "") -> Locator:
        """``group``: under that heading, "Overdue", "Today", "Within seven days" or "Later"."""
        place = self.page.get_by_role("region", name=group, exact=True) if group else self.page.get_by_role("main")
        return place.get_by_role("row").filter(has_text=text).filter(has_text=about)

    def take(self, text: str, *, about: str = "") -> Desk:
        with self.page.expect_navigation():
            self.item(text, about=about).get_by_role("link").last.click()
        return self.desk.look()
