"""The gate of a cohort: the dossier on one page, the vote below it."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.browser.pages.signing import sign
from trial.demonstration import PASSWORD


class Gate:
    def __init__(self, desk: Desk, number: int) -> None:
        self.desk = desk
        self.number = number

    def open(self) -> Gate:
        self.desk.open(f"/gates/{self.number}/")
        return self

    def vote(self, decision: str, *, rationale: str, password: str = PASSWORD, refusal: int | None = None) -> Desk:
        """``decision`` as the form words it: "Proceed", "Hold", "Stop"."""
        self.desk.page.get_by_role("radio", name=decision).check()
        return sign(self.desk, button="Sign the vote", rationale=rationale, password=password, refusal=refusal)

    def offers(self, decision: str) -> None:
        expect(self.desk.page.get_by_role("radio", name=decision)).to_be_visible()

    def does_not_offer(self, decision: str) -> None:
        expect(self.desk.page.get_by_role("radio", name=decision)).to_have_count(0)

    def has_no_form(self) -> None:
        expect(self.desk.page.get_by_label("Password")).to_have_count(0)
