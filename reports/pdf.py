"""From HTML to PDF/A: own files only, nothing from any network, the same bytes for the same content."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.template import loader

VARIANT = "pdf/a-3a"
_EPOCH = "SOURCE_DATE_EPOCH"
MISSING = (
    "PDF reports need the system packages libpango-1.0-0, libpangoft2-1.0-0, fontconfig and fonts-dejavu-core. "
    "Install them and ask for the report again."
)


class PdfLibrariesMissing(RuntimeError):
    def __init__(self) -> None:
        super().__init__(MISSING)


@dataclass(frozen=True, slots=True)
class AttachedFile:
    name: str
    content: str
    description: str


def pdf_of(
    template: str, context: Mapping[str, object], *, attached: AttachedFile, identifier: str, created_at: datetime
) -> bytes:
    """``identifier`` and ``created_at`` come from the content, not from the making: so equal content gives equal bytes.

    Raises ``PdfLibrariesMissing``.
    """
    try:
        # Loaded here: it needs system libraries that only the worker must have, and half a second.
        from weasyprint import HTML, Attachment
        from weasyprint.urls import URLFetcher
    except OSError as error:
        raise PdfLibrariesMissing from error
    html = HTML(
        string=loader.render_to_string(template, dict(context)),
        base_url=_static().as_uri() + "/",
        url_fetcher=URLFetcher(allowed_protocols=["file"], fail_on_errors=True),
    )
    attachment = Attachment(
        string=attached.content,
        name=attached.name,
        description=attached.description,
        created=created_at,
        modified=created_at,
        relationship="Data",
    )
    with _fonts_dated(created_at):
        body: bytes = html.write_pdf(
            pdf_variant=VARIANT, pdf_identifier=identifier.encode("ascii"), attachments=[attachment]
        )
    return body


@contextmanager
def _fonts_dated(at: datetime) -> Iterator[None]:
    """The subset of a font carries the time of its making; this variable is how its library is told another one."""
    before = os.environ.get(_EPOCH)
    os.environ[_EPOCH] = str(int(at.timestamp()))
    try:
        yield
    finally:
        if before is None:
            del os.environ[_EPOCH]
        else:
            os.environ[_EPOCH] = before


def _static() -> Path:
    return Path(settings.BASE_DIR) / "static"
