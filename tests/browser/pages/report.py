"""Reports: the dossier as PDF, made by the worker, downloaded, and verified by whoever holds it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.desk import Desk

WORKER_MS = 60_000


class Reports:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk.go("Reports")
        self.page = desk.page

    def make(self, label: str) -> None:
        """Ask for it, and wait on the page until the worker has made it."""
        self.page.get_by_role("row", name=label).get_by_role("button").click()
        expect(self.page.get_by_role("link", name="Download the PDF")).to_be_visible(timeout=WORKER_MS)
        self.desk.look()

    def hash_shown(self) -> str:
        return self.page.locator("#report-state .mono").inner_text().strip()

    def download(self, folder: Path) -> Path:
        with self.page.expect_download() as download:
            self.page.get_by_role("link", name="Download the PDF").click()
        path = folder / download.value.suggested_filename
        download.value.save_as(path)
        return path


def verify(desk: Desk, path: Path) -> Desk:
    desk.open("/reports/verify/")
    desk.page.get_by_label("The PDF file").set_input_files(path)
    return desk.press("Verify")


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
