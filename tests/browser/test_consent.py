"""A new version of the consent comes: who has to sign again is found, signs, and the page is filed and opened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import expect

from enrollment.models import Subject
from tests.browser.pages.consent import Consent, enter_version
from tests.browser.pages.work import Work
from tests.builders.consent import sealed_folder, today_of
from tests.builders.scenario import TrialScenario
from tests.unit.enrollment.signed_pages import pdf
from trial.demonstration import PASSWORD
from trial.rules.site_time import at_site
from trial.templatetags.look import trial_date


@pytest.fixture
def folder() -> Iterator[Path]:
    yield from sealed_folder(Path(settings.DATA_DIR))


@pytest.fixture
def scenario(site_url: str) -> TrialScenario:
    return TrialScenario(password=PASSWORD)


@pytest.fixture
def subject(scenario: TrialScenario) -> Subject:
    subject = scenario.consented()
    scenario.wait(days=1)
    return subject


def test_when_a_version_has_to_be_signed_again_then_it_is_and_its_page_is_filed(
    scenario, subject, folder, desk_of, tmp_path
):
    today, local = today_of(scenario), at_site(scenario.at, timezone=scenario.timezone)

    # Given a version that the investigator enters, which has to be signed again.
    investigator = desk_of("investigator")
    enter_version(investigator, label="2.0", approved_on=today, by=today + timedelta(days=20))
    investigator.sees("REC-2").sees("Re-consent due")

    # Then the coordinator finds the task, and the tab says it on top.
    coordinator = desk_of("coordinator")
    expect(Work(coordinator).item("Obtain the consent again", about=subject.code, group="Later")).to_be_visible()
    coordinator.open("/subjects/?reconsent=due").sees(subject.code)
    coordinator.open(f"/subjects/{subject.code}/").sees("Obtain the consent again")
    tab = Consent(coordinator, subject.code).open()
    coordinator.sees("Version 2.0 (zh-Hant) has to be signed")

    # When it is signed again, the new one is in force and the old one is history.
    tab.sign(f"CMUH: 2.0 (zh-Hant), {trial_date(today)}", at=local, by="Dr Lin Chih-Wei")
    coordinator.sees("In force").sees("Superseded").does_not_see("has to be signed")

    # When a file that is no scan is chosen, the field says so; the scan itself is filed, and opened for a purpose.
    wrong, scan = tmp_path / "letter.pdf", tmp_path / "scan.pdf"
    wrong.write_text("Dear Sir")
    scan.write_bytes(pdf())
    coordinator.press("File a signed page 2.0 (zh-Hant)", arrives_at="Signed page")
    tab.file(wrong, arrives_at="Signed page")
    coordinator.sees("This is no PDF, JPEG or PNG file")
    tab.file(scan, arrives_at="Consent")
    coordinator.press("Signed page (PDF)", arrives_at="Open the signed page")
    coordinator.page.get_by_role("radio").nth(3).check()
    with coordinator.page.expect_download() as download:
        coordinator.page.get_by_role("button", name="Record and download").click()
    assert Path(download.value.path()).read_bytes() == pdf()

    # And what each withdrawal stops is seen before anything is saved.
    coordinator.open(f"/subjects/{subject.code}/withdrawal/").sees("What each withdrawal stops")
