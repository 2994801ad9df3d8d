"""Which files can be a signed page: by content, whole, of a size, and with nothing in them that runs."""

from __future__ import annotations

import zlib

import pytest

from enrollment.rules.consent_documents import FilingFacts, may_file
from enrollment.rules.signed_page import MOST_BYTES, MediaType, SignedPage, signed_page
from enrollment.rules.states import ConsentStatus
from tests.unit.enrollment.signed_pages import PAGES, jpeg, objects_within, pdf, png, stream

SCRIPT = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        pytest.param(pdf(), MediaType.PDF, id="pdf"),
        pytest.param(
            pdf(PAGES, stream(b"/Filter /FlateDecode", b"q Q")), MediaType.PDF, id="pdf with a page's content"
        ),
        pytest.param(pdf(PAGES, objects_within(b"5 0 << /Type /Page >>")), MediaType.PDF, id="pdf with packed objects"),
        pytest.param(
            pdf(b"<< /Type /Catalog /OpenAction [3 0 R /Fit] >>"), MediaType.PDF, id="pdf that opens on a page"
        ),
        pytest.param(png(), MediaType.PNG, id="png"),
        pytest.param(jpeg(), MediaType.JPEG, id="jpeg"),
    ],
)
def test_a_scan_is_known_by_its_content(content: bytes, kind: MediaType):
    assert signed_page(content) == SignedPage(kind)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", "DOC-EMPTY", id="empty"),
        pytest.param(b"Dear Sir", "DOC-TYPE", id="text"),
        pytest.param(b"MZ\x90\x00", "DOC-TYPE", id="program"),
        pytest.param(b"\n" + pdf(), "DOC-TYPE", id="pdf not at the beginning"),
        pytest.param(b"GIF89a" + b"\x00" * 20, "DOC-TYPE", id="gif"),
        pytest.param(pdf()[:-8], "DOC-BROKEN", id="pdf cut off"),
        pytest.param(pdf().replace(b"startxref\n", b"startxref\n9"), "DOC-BROKEN", id="pdf without its contents"),
        pytest.param(b"%PDF-1.7\nnothing\nstartxref\n3\n%%EOF", "DOC-BROKEN", id="pdf of nothing"),
        pytest.param(pdf() + b"<script>", "DOC-BROKEN", id="pdf with something behind it"),
        pytest.param(pdf(SCRIPT), "DOC-ACTIVE", id="script"),
        pytest.param(pdf(b"<< /S /J#61vaScript /JS (x) >>"), "DOC-ACTIVE", id="script with an escaped name"),
        pytest.param(pdf(b"<< /S /Launch /F (cmd.exe) >>"), "DOC-ACTIVE", id="program started"),
        pytest.param(pdf(stream(b"/Type /EmbeddedFile /Filter /FlateDecode", b"MZ")), "DOC-ACTIVE", id="another file"),
        pytest.param(pdf(b"<< /Names << /EmbeddedFiles 3 0 R >> >>"), "DOC-ACTIVE", id="list of other files"),
        pytest.param(pdf(b"<< /AcroForm << /XFA 4 0 R >> >>"), "DOC-ACTIVE", id="form that computes"),
        pytest.param(pdf(CATALOG, objects_within(b"5 0 " + SCRIPT)), "DOC-ACTIVE", id="script packed away"),
        pytest.param(
            pdf(CATALOG, objects_within(b"5 0 " + SCRIPT, dictionary=b"/N 1 /First 4 /Filter /FlateDecode")),
            "DOC-ACTIVE",
            id="script packed away without a type",
        ),
        pytest.param(
            pdf(CATALOG, objects_within(b"5 0 " + SCRIPT, dictionary=b"/Type /Obj#53tm /N 1 /Filter /FlateDecode")),
            "DOC-ACTIVE",
            id="script packed away under an escaped type",
        ),
        pytest.param(
            pdf(
                CATALOG,
                objects_within(zlib.compress(SCRIPT), dictionary=b"/Type /ObjStm /Filter [/FlateDecode /FlateDecode]"),
            ),
            "DOC-UNREADABLE",
            id="packed twice",
        ),
        pytest.param(
            pdf(CATALOG, stream(b"/Type /ObjStm /First 4 /Filter /LZWDecode", b"x", packed=False)),
            "DOC-UNREADABLE",
            id="packed otherwise",
        ),
        pytest.param(
            pdf(CATALOG, stream(b"/Type /ObjStm /First 4 /Filter /FlateDecode", b"no zlib", packed=False)),
            "DOC-UNREADABLE",
            id="not what it says",
        ),
        pytest.param(
            pdf(CATALOG, objects_within(b" " * (64 * 1024 * 1024 + 1))), "DOC-UNREADABLE", id="unpacks beyond measure"
        ),
        pytest.param(pdf(trailer=b"/Root 1 0 R /Encrypt 9 0 R"), "DOC-ENCRYPTED", id="password"),
        pytest.param(png(spoil=True), "DOC-BROKEN", id="png with a wrong check sum"),
        pytest.param(png()[:-12], "DOC-BROKEN", id="png without an end"),
        pytest.param(png()[:-3], "DOC-BROKEN", id="png cut off"),
        pytest.param(png(behind=b"PK\x03\x04"), "DOC-BROKEN", id="png with something behind it"),
        pytest.param(png(width=0), "DOC-BROKEN", id="png of no width"),
        pytest.param(jpeg(end=b""), "DOC-BROKEN", id="jpeg without an end"),
        pytest.param(jpeg(height=0), "DOC-BROKEN", id="jpeg of no height"),
        pytest.param(b"\xff\xd8\xff\xd9", "DOC-BROKEN", id="jpeg of nothing"),
        pytest.param(b"\xff\xd8\xff\xe0\x00\x00\xff\xd9", "DOC-BROKEN", id="jpeg of no length"),
    ],
)
def test_what_is_no_scan_is_refused_and_says_why(content: bytes, code: str):
    judged = signed_page(content)
    assert judged.media_type is None
    assert judged.reason is not None
    assert judged.reason.code == code


@pytest.mark.parametrize(
    ("size", "code"), [(MOST_BYTES, None), (MOST_BYTES + 1, "DOC-SIZE")], ids=["ten MiB", "a byte more"]
)
def test_the_largest_file(size: int, code: str | None):
    base = pdf(PAGES, b"<< /Length %10d >>\nstream\n\nendstream" % 0)
    padded = base.replace(b"stream\n\nendstream", b"stream\n" + b"\x00" * (size - len(base)) + b"\nendstream")
    place = padded.rindex(b"xref\n0 ")
    start = padded.rindex(b"startxref")
    wanted = b"startxref\n%d\n%%%%EOF\n" % place
    padded = padded[:start] + wanted
    surplus = len(padded) - size
    content = padded.replace(b"\x00" * surplus + b"\nendstream", b"\nendstream") if surplus > 0 else padded
    content = content[: content.rindex(b"startxref")] + b"startxref\n%d\n%%%%EOF\n" % content.rindex(b"xref\n0 ")
    assert len(content) == size
    judged = signed_page(content)
    assert (judged.reason.code if judged.reason else None) == code


def test_a_file_that_was_not_read_is_judged_by_its_size():
    judged = signed_page(b"", size=MOST_BYTES + 1)
    assert judged.reason is not None
    assert judged.reason.code == "DOC-SIZE"


@pytest.mark.parametrize(
    ("status", "filed", "content", "codes"),
    [
        (ConsentStatus.SIGNED, False, pdf(), ()),
        (ConsentStatus.REFUSED, False, pdf(), ("DOC-REFUSED",)),
        (ConsentStatus.SIGNED, True, pdf(), ("DOC-TWICE",)),
        (ConsentStatus.REFUSED, True, b"", ("DOC-EMPTY", "DOC-REFUSED", "DOC-TWICE")),
    ],
)
def test_filing(status: ConsentStatus, filed: bool, content: bytes, codes: tuple[str, ...]):
    facts = FilingFacts(status=status, page=signed_page(content), is_filed=filed)
    assert may_file(facts).codes == codes
