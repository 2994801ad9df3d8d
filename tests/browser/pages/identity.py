"""The identity of a participant: closed, opened for a purpose, recorded, corrected."""

from __future__ import annotations

from playwright.sync_api import Locator

from enrollment.forms.identity import PURPOSE_LABELS
from enrollment.rules.identity_document import Identity
from enrollment.rules.states import OpeningPurpose
from tests.browser.desk import Desk


class IdentityPage:
    def __init__(self, desk: Desk, code: str) -> None:
        desk.open(f"/subjects/{code}/")
        desk.page.get_by_role("navigation", name="Subject").get_by_role("link", name="Identity", exact=True).click()
        self.desk = desk.arrive(f"{code}: Identity")
        self.page = desk.page

    @property
    def openings(self) -> Locator:
        return self.page.get_by_role("table").get_by_role("row")

    def open_for(self, purpose: OpeningPurpose) -> Desk:
        self.page.get_by_role("radio", name=str(PURPOSE_LABELS[purpose])).check()
        return self.desk.press("Open the identity", arrives_at="Identity")

    def begin_recording(self) -> None:
        self.desk.press("Record the identity", arrives_at="Record the identity")

    def fill(self, identity: Identity) -> None:
        for name, text in identity.as_texts().items():
            field = self.page.get_by_role("main").locator(f"[name={name}]")
            field.select_option(text) if name == "number_kind" else field.fill(text)
