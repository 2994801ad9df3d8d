"""Allocation: the next slot, or every reason why not."""

from __future__ import annotations

from playwright.sync_api import Locator

from tests.browser.desk import Desk
from tests.browser.pages.blocked import reasons_beside


class Allocation:
    def __init__(self, desk: Desk, code: str) -> None:
        self.desk = desk.open(f"/subjects/{code}/allocation/")
        self.code = code

    def allocate(self) -> Desk:
        return self.desk.press("Allocate to the next slot", arrives_at=self.code)

    def reasons(self) -> Locator:
        return reasons_beside(self.desk.page, "Allocate to the next slot")
