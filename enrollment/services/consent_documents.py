"""Signed pages of the consent: filed sealed, and opened like an identity, by name and for a purpose."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from enrollment.models import ConsentDocument, DocumentOpening, InformedConsent
from enrollment.rules.consent_documents import DAMAGED, FilingFacts, may_file
from enrollment.rules.identity import may_open, role_for
from enrollment.rules.signed_page import ENDINGS, MediaType, signed_page
from enrollment.rules.states import ConsentStatus, OpeningPurpose
from enrollment.selectors.consent_documents import document_facts
from enrollment.services import sealed_files, vault_keys
from trial.errors import RuleViolation, require
from trial.models import User
from trial.permissions import Permission, access_of
from trial.permissions import require as require_permission
from trial.rules.decision import Decision
from trial.services.regulated import regulated


@dataclass(frozen=True, slots=True)
class OpenedPage:
    """The file as it was uploaded, and a name for it that names nobody."""

    content: bytes
    media_type: str
    filename: str


def file_page(*, consent: InformedConsent, content: bytes, by: User, at: datetime) -> ConsentDocument:
    """Seal the scan of a signed page and keep it with its answer. The file comes first, its row after it.

    Source: ICH E6(R3) Appendix C. Raises ``RuleViolation``, ``NotPermitted``.
    """
    subject = consent.subject
    page = signed_page(content)
    digest = hashlib.sha256(content).hexdigest()
    with _without_leftovers() as written, regulated(by=by, act="consent_documents.file", study=subject.study):
        require_permission(by, Permission.CONSENT_RECORD, study=subject.study, at=at, site=subject.site)
        filed = ConsentDocument.objects.filter(consent=consent, sha256=digest).exists()
        require(may_file(FilingFacts(status=ConsentStatus(consent.status), page=page, is_filed=filed)))
        key, sealer = vault_keys.new_key(at)
        written.append(sealed_files.write(sealer.seal(content)))
        return ConsentDocument.objects.create(
            consent=consent,
            key=key,
            stored_as=written[0],
            media_type=str(page.media_type),
            size=len(content),
            sha256=digest,
            uploaded_at=at,
            uploaded_by=by,
        )


def open_page(*, document: ConsentDocument, purpose: OpeningPurpose, by: User, at: datetime) -> OpenedPage:
    """Unseal a signed page, and record who opened it and what for before anybody sees it.

    Source: Taiwan GCP article 103. Raises ``RuleViolation`` (also for a damaged file, then nothing was seen).
    """
    subject = document.consent.subject
    with regulated(by=by, act="consent_documents.open", study=subject.study):
        require_permission(by, Permission.IDENTITY_OPEN, study=subject.study, at=at, site=subject.site)
        roles = access_of(by, subject.study).roles(at=at, site=subject.site)
        require(may_open(document_facts(subject), roles=roles, purpose=purpose))
        content = _unsealed(document)
        role = role_for(roles, purpose)
        DocumentOpening.objects.create(
            document=document, opened_by=by, opened_at=at, role=role.value if role else "", purpose=purpose.value
        )
    ending = ENDINGS[MediaType(document.media_type)]
    return OpenedPage(content, document.media_type, f"{subject.code}-consent-{document.pk}.{ending}")


def damaged() -> Iterator[ConsentDocument]:
    """Filed pages whose file is missing, or is not what was uploaded. Nothing of them is shown to anybody."""
    for document in ConsentDocument.objects.select_related("key", "consent__subject").order_by("id").iterator():
        try:
            _unsealed(document)
        except RuleViolation:
            yield document


def remove_orphans(*, true_now: datetime) -> int:
    """Remove what uploads left that were cut off before their row was written. Answers how many files."""
    known = frozenset(ConsentDocument.objects.values_list("stored_as", flat=True))
    found = list(sealed_files.orphans(known=known, true_now=true_now))
    for name in found:
        sealed_files.remove(name)
    return len(found)


def _unsealed(document: ConsentDocument) -> bytes:
    sealed = sealed_files.read(document.stored_as)
    if sealed is None:
        raise RuleViolation(Decision((DAMAGED,)))
    content = vault_keys.sealer_of(document.key).unseal(sealed)
    if hashlib.sha256(content).hexdigest() != document.sha256:
        raise RuleViolation(Decision((DAMAGED,)))
    return content


@contextmanager
def _without_leftovers() -> Iterator[list[str]]:
    """Names of files written within; they are removed again where the transaction does not come about."""
    written: list[str] = []
    try:
        yield written
    except BaseException:
        for name in written:
            sealed_files.remove(name)
        raise
