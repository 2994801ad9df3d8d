"""Whether a file can be the signed page of a consent: what it is by its content, whole, and without active content."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from enrollment.rules.image_files import is_whole_jpeg, is_whole_png
from enrollment.rules.pdf_files import against_pdf
from trial.rules.decision import Reason

MOST_BYTES = 10 * 1024 * 1024
_SOURCE = "House rule: a signed page is a scan, and nothing that runs"


class MediaType(StrEnum):
    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"


ENDINGS: dict[MediaType, str] = {MediaType.PDF: "pdf", MediaType.JPEG: "jpg", MediaType.PNG: "png"}
_MAGIC = ((b"%PDF-", MediaType.PDF), (b"\xff\xd8\xff", MediaType.JPEG), (b"\x89PNG\r\n\x1a\n", MediaType.PNG))


@dataclass(frozen=True, slots=True)
class SignedPage:
    """``media_type`` None: it cannot be filed, and ``reason`` says why. Otherwise ``reason`` is None."""

    media_type: MediaType | None
    reason: Reason | None = None


def signed_page(content: bytes, *, size: int | None = None) -> SignedPage:
    """Judge a file by its content; its name and what a browser says of it count for nothing.

    ``size`` in bytes where ``content`` was cut off for being too large. At most 10 MiB, the bound included.
    """
    actual = len(content) if size is None else size
    if actual == 0:
        return _refused("DOC-EMPTY", "The file is empty.")
    if actual > MOST_BYTES:
        return _refused("DOC-SIZE", "The file is larger than 10 MiB. Scan it with fewer dots per inch.")
    kind = next((kind for magic, kind in _MAGIC if content.startswith(magic)), None)
    if kind is None:
        return _refused("DOC-TYPE", "This is no PDF, JPEG or PNG file, whatever its name says.")
    if kind is MediaType.PDF:
        problem = against_pdf(content)
        return SignedPage(kind) if problem is None else _refused(problem.code, problem.message)
    whole = is_whole_jpeg(content) if kind is MediaType.JPEG else is_whole_png(content)
    if not whole:
        return _refused("DOC-BROKEN", "The picture is damaged or not complete. Scan it again.")
    return SignedPage(kind)


def _refused(code: str, message: str) -> SignedPage:
    return SignedPage(None, Reason(code, message, _SOURCE))
