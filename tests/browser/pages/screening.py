"""Registration, screening and eligibility: facts entered once, the verdict beside them, the signature on both."""

from __future__ import annotations

from collections.abc import Mapping

from playwright.sync_api import Locator, expect

from enrollment.forms.screening import flat
from enrollment.rules.interviews import INTERVIEW_KEYS
from tests.browser.desk import Desk
from tests.browser.pages.blocked import reasons_beside
from tests.browser.pages.signing import sign
from trial.demonstration import PASSWORD


class Registration:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk.go("Subjects")
        self.page = desk.page
        desk.press("Register", arrives_at="Register a subject")

    def signed_consent(self, *, given_at: str, explained_by: str) -> str:
        """The participant signed; the code that the study gave them."""
        self.page.get_by_role("radio", name="Signed").check()
        self.page.get_by_label("Date and time of the answer").fill(given_at)
        self.page.get_by_label("Explained by").select_option(label=explained_by)
        for question in ("Copy given to the participant", "Before any procedure of the study"):
            self.page.get_by_role("group", name=question).get_by_label("Yes").check()
        self.desk.press("Register", arrives_at="Screening")
        return self.page.get_by_role("heading", level=1).inner_text().partition(":")[0]


class Screening:
    def __init__(self, desk: Desk, code: str) -> None:
        self.desk = desk.open(f"/subjects/{code}/screening/")
        self.page = desk.page

    @property
    def verdict(self) -> Locator:
        return self.page.locator("#verdict")

    def enter(self, facts: Mapping[str, object]) -> None:
        """Into the fields of the form, by their names in the eligibility contract. Interviews are not typed here."""
        for name, value in flat(facts).items():
            if name == "ctd_none" or name in INTERVIEW_KEYS:
                continue
            field = self.page.locator(f"#id_{name}")
            folded = self.page.locator("details:not([open])").filter(has=field)
            if folded.count():
                folded.locator("> summary").click()
            if field.evaluate("element => element.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)

    def waits_for(self, overall: str) -> None:
        expect(self.verdict.locator(".verdict__overall")).to_contain_text(overall)

    def save(self, *, reason: str = "", refusal: int | None = None) -> Desk:
        if reason:
            self.page.get_by_label("Reason for the change").fill(reason)
        return self.desk.press("Save", refusal=refusal)

    def reasons_against_signing(self) -> list[str]:
        return reasons_beside(self.page, "To the investigator's signature").all_inner_texts()


class Eligibility:
    """The page on which an investigator reads criteria and values, and signs them."""

    def __init__(self, desk: Desk, code: str) -> None:
        self.desk = desk.open(f"/subjects/{code}/screening/sign/")
        self.page = desk.page

    def sign(self, *, password: str = PASSWORD, refusal: int | None = None) -> Desk:
        return sign(self.desk, password=password, refusal=refusal)

    def has_no_form(self) -> None:
        expect(self.page.get_by_label("Password")).to_have_count(0)
