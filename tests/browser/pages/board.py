"""The study board: three steps, two doors between them."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.browser.desk import Desk


class Board:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        desk.go("Study board")

    def shows_gate(self, number: int, state: str) -> None:
        expect(self._gate(number)).to_contain_text(state)

    def open_gate(self, number: int) -> None:
        with self.desk.page.expect_navigation():
            self._gate(number).get_by_role("link", name=f"Gate {number}").click()
        self.desk.arrive(f"Gate of cohort {number}")

    def shows_in_slot(self, label: str, text: str) -> None:
        slot = self.desk.page.locator(".slot").filter(has=self.desk.page.get_by_text(label, exact=True))
        expect(slot).to_contain_text(text)

    def _gate(self, number: int) -> Locator:
        return self.desk.page.locator(".gate").filter(has=self.desk.page.get_by_text(f"Gate {number}", exact=True))
