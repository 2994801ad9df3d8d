"""The consent tab of a subject, the consent versions of the study, and the signed page."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from tests.browser.desk import Desk


class Consent:
    def __init__(self, desk: Desk, code: str) -> None:
        self.desk, self.code = desk, code

    def open(self, *, refusal: int | None = None) -> Consent:
        self.desk.open(f"/subjects/{self.code}/consents/", refusal=refusal)
        return self

    def sign(self, version: str, *, at: datetime, by: str) -> Consent:
        page = self.desk.page
        page.get_by_label("Consent version").select_option(label=version)
        page.get_by_label("Signed", exact=True).check()
        page.get_by_label("Date and time of the answer").fill(at.strftime("%Y-%m-%dT%H:%M"))
        page.get_by_label("Explained by").select_option(label=by)
        for group in ("Copy given to the participant", "Before any procedure of the study"):
            page.get_by_role("group", name=group).get_by_label("Yes").check()
        self.desk.press("Record the answer")
        return self

    def file(self, path: Path, *, arrives_at: str) -> Consent:
        self.desk.page.get_by_label("Scan of the signed page").set_input_files(path)
        self.desk.press("File the signed page", arrives_at=arrives_at)
        return self


def enter_version(desk: Desk, *, label: str, approved_on: date, by: date) -> None:
    """From the navigation on, as an investigator does it."""
    desk.go("Consent versions").press("New version", arrives_at="New consent version")
    page = desk.page
    page.get_by_label("Version", exact=False).first.fill(label)
    page.get_by_label("Language").fill("zh-Hant")
    page.get_by_label("Approved by the ethics committee on").fill(approved_on.isoformat())
    page.get_by_label("Reference of the approval").fill("REC-2")
    page.get_by_label("Yes: until they have, no infusion starts").check()
    page.get_by_label("Last day for signing again").fill(by.isoformat())
    desk.press("Enter the version", arrives_at="Consent versions")
