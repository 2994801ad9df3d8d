"""The facts of a screening as the rules want them, the verdict over them, and the state of its signature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from enrollment.models import EligibilitySnapshot, InformedConsent, Screening, Subject
from enrollment.rules.eligibility import EligibilityVerdict, Overall, evaluate
from enrollment.rules.facts_document import facts_from_document, verdict_document
from enrollment.rules.states import ConsentStatus
from trial.protocol.schema import ProtocolDefinition
from trial.rules.canonical import canonical_json, sha256_hex
from trial.rules.site_time import site_date

# Keys that follow from records of their own and are never typed into the screening form.
DERIVED_KEYS = frozenset({"consent", "consent_on", "evaluated_on"})


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A verdict with the very document it was computed from."""

    screening: Screening
    document: dict[str, Any]
    verdict: EligibilityVerdict
    content: dict[str, Any]

    @property
    def content_text(self) -> str:
        return canonical_json(self.content)

    @property
    def content_sha256(self) -> str:
        return sha256_hex(self.content_text)

    @property
    def eligible(self) -> bool:
        return self.verdict.overall is Overall.ELIGIBLE


def current_screening(subject: Subject) -> Screening:
    return subject.screenings.order_by("-attempt").first()  # type: ignore[return-value]  # registration makes the first


def evaluate_screening(screening: Screening, *, at: datetime) -> Evaluation:
    """The verdict on the facts as they stand, on the site-local day of ``at``."""
    subject = screening.subject
    definition = subject.protocol_version.definition
    document = complete_document(screening, screening.facts, at=at)
    verdict = evaluate(facts_from_document(document, definition=definition), parameters=definition.eligibility)
    return Evaluation(screening, document, verdict, _content(screening, document, verdict, definition))


def preview(screening: Screening, entered: Mapping[str, Any], *, at: datetime) -> EligibilityVerdict:
    """The verdict on facts that are being typed and not saved. Raises ``InputProblems``."""
    definition = screening.subject.protocol_version.definition
    document = complete_document(screening, entered, at=at)
    return evaluate(facts_from_document(document, definition=definition), parameters=definition.eligibility)


def complete_document(screening: Screening, facts: Mapping[str, Any], *, at: datetime) -> dict[str, Any]:
    """What was entered, with what the consent record and the calendar say."""
    subject = screening.subject
    consent = (
        InformedConsent.objects.filter(subject=subject, withdrawn_at__isnull=True)
        .select_related("consent_version")
        .order_by("-given_at")
        .first()
    )
    zone = subject.site.timezone
    entered = {key: value for key, value in facts.items() if key not in DERIVED_KEYS}
    return entered | {
        "evaluated_on": site_date(at, timezone=zone).isoformat(),
        "consent_on": _consented_on(consent, zone),
        "consent": _consent_document(consent, zone),
    }


def _consented_on(consent: InformedConsent | None, zone: str) -> str | None:
    if consent is None or consent.status != ConsentStatus.SIGNED:
        return None
    return site_date(consent.given_at, timezone=zone).isoformat()


def _consent_document(consent: InformedConsent | None, zone: str) -> dict[str, Any]:
    if consent is None:
        return {"status": "not_yet"}
    return {
        "status": "signed" if consent.status == ConsentStatus.SIGNED else "refused",
        "version_approved": consent.consent_version.approved_on <= site_date(consent.given_at, timezone=zone),
        "before_procedures": consent.before_procedures,
    }


def _content(
    screening: Screening, document: dict[str, Any], verdict: EligibilityVerdict, definition: ProtocolDefinition
) -> dict[str, Any]:
    version = screening.subject.protocol_version
    return {
        "type": "eligibility",
        "subject": screening.subject.code,
        "attempt": screening.attempt,
        "protocol_version": version.version,
        "protocol_sha256": version.sha256,
        "facts_sha256": screening.facts_sha256,
        "facts": document,
        "overall": verdict.overall.value,
        "result": verdict_document(verdict),
    }


def latest_snapshot(screening: Screening) -> EligibilitySnapshot | None:
    return screening.snapshots.select_related("signature").order_by("-id").first()


def latest_sign_off(screening: Screening) -> EligibilitySnapshot | None:
    """The latest snapshot without the documents that were signed: who signed, when, and over which facts."""
    shown = [
        f"signature__{part}" for part in ("printed_name", "role", "meaning", "signed_at", "method", "content_sha256")
    ]
    signed = screening.snapshots.select_related("signature").only("screening", "facts_sha256", *shown)
    return signed.order_by("-id").first()


def is_intact(snapshot: EligibilitySnapshot | None, screening: Screening) -> bool | None:
    """None: nobody has signed. False: a fact changed since, the signature is broken."""
    if snapshot is None:
        return None
    return snapshot.facts_sha256 == screening.facts_sha256
