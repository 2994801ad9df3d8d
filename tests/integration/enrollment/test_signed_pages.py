"""The signed page of the consent: filed sealed, opened by name and for a purpose, never half there."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from enrollment.models import ConsentDocument, DocumentOpening, InformedConsent
from enrollment.rules.states import WithdrawalScope
from enrollment.services import consent_documents, sealed_files, subjects
from tests.builders.consent import sealed_folder
from tests.unit.enrollment.signed_pages import jpeg, pdf, png

MARK = b"(Wang Xiaoming, A123456789)"
PAGE = pdf(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Title " + MARK + b" >>")


@pytest.fixture(autouse=True)
def folder() -> Iterator[Path]:
    yield from sealed_folder(Path(settings.DATA_DIR))


@pytest.fixture
def consent(scenario) -> InformedConsent:
    return scenario.consented().consents.select_related("subject__study", "subject__site").get()


def url(consent, what: str = "page") -> str:
    return f"/subjects/{consent.subject.code}/consents/{consent.pk}/{what}/"


def upload(client, consent, content: bytes, *, name: str = "scan.pdf", media_type: str = "application/pdf"):
    return client.post(url(consent), {"file": SimpleUploadedFile(name, content, content_type=media_type)})


def filed(scenario, consent, content: bytes = PAGE) -> ConsentDocument:
    return consent_documents.file_page(
        consent=consent, content=content, by=scenario.people["coordinator"], at=scenario.at
    )


def opening(document) -> str:
    return f"/subjects/{document.consent.subject.code}/signed-pages/{document.pk}/"


@pytest.mark.parametrize(
    ("content", "media_type"), [(PAGE, "application/pdf"), (jpeg(), "image/jpeg"), (png(), "image/png")]
)
def test_a_page_is_filed_sealed_and_comes_back_as_it_was(scenario, browser_of, consent, folder, content, media_type):
    client = browser_of("coordinator")
    assert upload(client, consent, content, name="x.exe", media_type="text/html").status_code == 302
    document = ConsentDocument.objects.get()
    assert (document.media_type, document.size, document.uploaded_by.username) == (
        media_type,
        len(content),
        "coordinator",
    )
    (stored,) = folder.iterdir()
    assert stored.name == document.stored_as
    assert stored.stat().st_mode & 0o777 == 0o600
    assert content not in stored.read_bytes()
    assert MARK not in stored.read_bytes()
    answer = client.post(opening(document), {"purpose": "SOURCE_CHECK"})
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, content, media_type)
    assert answer["Content-Disposition"].startswith(f'attachment; filename="{consent.subject.code}-consent-')
    assert (answer["Cache-Control"], answer["X-Content-Type-Options"]) == ("no-store, private", "nosniff")
    row = DocumentOpening.objects.get()
    assert (row.opened_by.username, row.role, row.purpose) == ("coordinator", "coordinator", "SOURCE_CHECK")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty."),
        (b"Dear Sir", "no PDF, JPEG or PNG"),
        (pdf(b"<< /S /JavaScript /JS (x) >>"), "more than pages"),
        (PAGE[:-7], "damaged or not complete"),
        (b"%PDF-" + b"0" * (10 * 1024 * 1024), "larger than 10 MiB"),
    ],
)
def test_what_is_no_scan_is_refused_at_the_field_and_leaves_nothing(browser_of, consent, folder, content, message):
    answer = upload(browser_of("coordinator"), consent, content)
    assert answer.status_code == 200
    assert message in answer.context["form"].errors["file"][0]
    assert list(folder.iterdir()) == []
    assert not ConsentDocument.objects.exists()


def test_no_file_at_all_is_told_at_the_field(browser_of, consent):
    answer = browser_of("coordinator").post(url(consent), {})
    assert (answer.status_code, list(answer.context["form"].errors)) == (200, ["file"])


def test_the_same_file_is_filed_once_and_another_beside_it(scenario, browser_of, consent, folder):
    client = browser_of("coordinator")
    upload(client, consent, PAGE)
    twice = upload(client, consent, PAGE)
    assert (twice.status_code, "DOC-TWICE" in twice.content.decode()) == (409, True)
    assert upload(client, consent, png()).status_code == 302
    assert len(list(folder.iterdir())) == ConsentDocument.objects.count() == 2


def test_the_api_files_lists_and_opens_with_the_same_refusals(program_of, consent):
    client = program_of("coordinator")
    pages = f"/api/v1/subjects/{consent.subject.code}/consents/{consent.pk}/pages/"

    def send(content: bytes):
        return client.post(pages, {"file": SimpleUploadedFile("scan.pdf", content)}, format="multipart")

    made = send(PAGE)
    assert (made.status_code, made.json()["media_type"], made.json()["size"]) == (201, "application/pdf", len(PAGE))
    twice = send(PAGE)
    assert (twice.status_code, twice.json()["reasons"][0]["code"]) == (409, "DOC-TWICE")
    assert send(b"").json() == {"file": ["The file is empty."]}
    assert send(b"text").status_code == 400
    assert client.post(pages, {}, format="multipart").json().keys() == {"file"}
    assert [each["id"] for each in client.get(pages).json()] == [made.json()["id"]]
    open_url = f"/api/v1/subjects/{consent.subject.code}/signed-pages/{made.json()['id']}/open/"
    assert client.post(open_url, {"purpose": "CURIOSITY"}).status_code == 400
    answer = client.post(open_url, {"purpose": "IDENTITY_CHECK"})
    assert (answer.status_code, answer.content, answer["Cache-Control"]) == (200, PAGE, "no-store, private")
    wrong = program_of("monitor").post(open_url, {"purpose": "CONTACT"})
    assert (wrong.status_code, wrong.json()["reasons"][0]["code"]) == (409, "IDV-PURPOSE")
    assert program_of("sponsor").post(open_url, {"purpose": "INSPECTION"}).status_code == 403
    assert DocumentOpening.objects.count() == 1


@pytest.mark.parametrize("username", ["sponsor", "auditor", "datamanager", "medicalmonitor", "pharmacist", "admin"])
def test_who_never_opens_an_identity_opens_no_page(scenario, browser_of, consent, username):
    document = filed(scenario, consent)
    client = browser_of(username)
    assert client.get(opening(document)).status_code == 403
    assert client.post(opening(document), {"purpose": "INSPECTION"}).status_code == 403
    assert not DocumentOpening.objects.exists()


def test_who_obtains_no_consent_files_no_page(browser_of, consent):
    for username in ("nurse", "monitor", "sponsor"):
        assert browser_of(username).get(url(consent)).status_code == 403
        assert upload(browser_of(username), consent, PAGE).status_code == 403


def test_the_purposes_are_those_of_the_vault(scenario, browser_of, consent):
    document = filed(scenario, consent)
    page = browser_of("monitor").get(opening(document))
    assert [value for value, _label in page.context["form"].fields["purpose"].choices] == ["SOURCE_CHECK", "INSPECTION"]
    assert browser_of("monitor").post(opening(document), {"purpose": "CONTACT"}).status_code == 200
    assert not DocumentOpening.objects.exists()
    subjects.withdraw(
        subject=consent.subject,
        scope=WithdrawalScope.DATA_USE,
        reason="own wish",
        by=scenario.people["coordinator"],
        at=scenario.at,
    )
    refused = browser_of("monitor").post(opening(document), {"purpose": "SOURCE_CHECK"})
    assert (refused.status_code, refused.headers["Content-Type"].startswith("text/html")) == (200, True)
    assert browser_of("monitor").post(opening(document), {"purpose": "INSPECTION"}).content == PAGE


def damage(folder: Path, document: ConsentDocument, how: str) -> None:
    stored = folder / document.stored_as
    if how == "gone":
        stored.unlink()
    elif how == "cut off":
        stored.write_bytes(stored.read_bytes()[:-10])
    else:
        stored.write_bytes(b"something else")


@pytest.mark.parametrize("how", ["gone", "cut off", "another"])
def test_a_damaged_file_is_said_and_never_shown(scenario, browser_of, consent, folder, capsys, how):
    document = filed(scenario, consent)
    damage(folder, document, how)
    refused = browser_of("coordinator").post(opening(document), {"purpose": "CONTACT"})
    assert refused.status_code == 409
    assert ("DOC-DAMAGED" if how == "gone" else "IDV-SEAL") in refused.content.decode()
    assert not DocumentOpening.objects.exists()
    with pytest.raises(CommandError, match="1 signed page"):
        call_command("signed_pages")


def test_the_file_of_another_page_is_not_taken_for_this_one(scenario, browser_of, consent, folder):
    first, second = filed(scenario, consent), filed(scenario, consent, png())
    (folder / first.stored_as).write_bytes((folder / second.stored_as).read_bytes())
    refused = browser_of("coordinator").post(opening(first), {"purpose": "CONTACT"})
    assert (refused.status_code, "IDV-SEAL" in refused.content.decode()) == (409, True)


def test_an_upload_that_the_database_refuses_leaves_nothing(scenario, consent, folder):
    """The file is written by then; the row does not come about, here because it would lie before the answer."""
    with pytest.raises(DatabaseError, match="a signed page belongs to a signed answer"):
        consent_documents.file_page(
            consent=consent,
            content=PAGE,
            by=scenario.people["coordinator"],
            at=consent.given_at - timedelta(seconds=1),
        )
    assert list(folder.iterdir()) == []


def test_what_a_killed_upload_left_is_removed_after_an_hour_and_nothing_else(scenario, consent, folder, capsys):
    document = filed(scenario, consent)
    left, fresh = folder / sealed_files.write(b"left behind"), folder / sealed_files.write(b"being uploaded")
    unfinished = folder / "abc.part"
    unfinished.write_bytes(b"half")
    two_hours_ago = time.time() - 7200
    for path in (left, unfinished, folder / document.stored_as):
        os.utime(path, (two_hours_ago, two_hours_ago))
    call_command("signed_pages", "--remove-orphans")
    assert {path.name for path in folder.iterdir()} == {document.stored_as, fresh.name}
    assert "2 files" in capsys.readouterr().out
    assert consent_documents.remove_orphans(true_now=datetime.now(UTC)) == 0


def test_a_page_stays_with_a_consent_that_was_withdrawn(scenario, browser_of, consent):
    document = filed(scenario, consent)
    client = browser_of("coordinator")
    client.post(f"/subjects/{consent.subject.code}/withdrawal/", {"scope": "ALL", "reason": "none given"})
    assert upload(client, consent, png()).status_code == 302
    page = client.get(f"/subjects/{consent.subject.code}/consents/").content.decode()
    assert opening(document) in page


def test_a_page_of_another_subject_is_not_found(scenario, browser_of, consent):
    document = filed(scenario, consent)
    other = scenario.consented()
    client = browser_of("coordinator")
    assert client.get(f"/subjects/{other.code}/signed-pages/{document.pk}/").status_code == 404
    assert client.get(f"/subjects/{other.code}/consents/{consent.pk}/page/").status_code == 404


def test_the_consent_tab_asks_no_more_for_more_pages(scenario, browser_of, consent):
    client = browser_of("coordinator")
    tab = f"/subjects/{consent.subject.code}/consents/"

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(tab).status_code == 200
        return len(queries)

    filed(scenario, consent)
    asked()
    before = asked()
    for width in range(3, 7):
        filed(scenario, consent, png(width=width))
    assert asked() == before
