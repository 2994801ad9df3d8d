"""The interviews on family support: each recorded, read and signed by the person who held it."""

from __future__ import annotations

from tests.browser.desk import Desk
from tests.browser.pages.signing import sign
from tests.browser.steps import now_at_site


class Interviews:
    def __init__(self, desk: Desk, code: str) -> None:
        self.desk = desk.open(f"/subjects/{code}/interviews/")
        self.page = desk.page

    def hold(self, *, supported: str = "Yes") -> Desk:
        """Today, by whoever sits at this desk."""
        self.page.get_by_label("Interview held on").fill(now_at_site().date().isoformat())
        found = self.page.get_by_role("group", name="The family support system is well established")
        found.get_by_label(supported).check()
        self.desk.press("Read, then sign", arrives_at="Sign an interview")
        return sign(self.desk)
