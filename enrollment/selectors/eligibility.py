"""The facts of a screening as the rules want them, the verdict over them, and the state of its signature."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from enrollment.models import EligibilitySnapshot, InformedConsent, Screening, Subject
from enrollment.rules.consent_of_attempt import consent_of_attempt
from enrollment.rules.contract_facts import ContractFacts, contract_facts
from enrollment.rules.eligibility import EligibilityVerdict, Overall, evaluate
from enrollment.rules.facts import ScreeningFacts
from enrollment.rules.facts_document import facts_from_document, verdict_document
from enrollment.rules.notices import Notice, notices
from enrollment.rules.records_document import ScreeningInput
from enrollment.rules.standing import stands_until
from enrollment.rules.states import ConsentStatus
from enrollment.rules.stored_facts import read_entry
from trial.protocol.schema import EligibilityParameters
from trial.rules.canonical import canonical_json, sha256_hex
from trial.rules.site_time import site_date

# Keys that follow from records of their own and are never typed into the screening form.
DERIVED_KEYS = frozenset({"consent", "consent_on", "evaluated_on"})


@dataclass(frozen=True, slots=True)
class Assessment:
    """What is entered, the facts of the contract that follow from it, and the verdict on those."""

    given: ScreeningInput
    contract: ContractFacts
    document: dict[str, Any]
    facts: ScreeningFacts
    verdict: EligibilityVerdict
    parameters: EligibilityParameters

    @property
    def notices(self) -> tuple[Notice, ...]:
        return notices(self.given, self.contract, self.facts, parameters=self.parameters)

    @property
    def stands_until(self) -> date | None:
        return stands_until(self.facts, parameters=self.parameters)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """An assessment of what is saved, with the very document that a signature covers."""

    screening: Screening
    assessment: Assessment
    content: dict[str, Any]

    @property
    def document(self) -> dict[str, Any]:
        return self.assessment.document

    @property
    def verdict(self) -> EligibilityVerdict:
        return self.assessment.verdict

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
    assessment = assess(screening, screening.facts, at=at)
    return Evaluation(screening, assessment, _content(screening, assessment))


def assess(screening: Screening, entered: Mapping[str, Any], *, at: datetime) -> Assessment:
    """The verdict on facts that need not be saved, with what consent record and calendar say.

    Raises ``InputProblems``.
    """
    subject = screening.subject
    definition, zone = subject.protocol_version.definition, subject.site.timezone
    on = site_date(at, timezone=zone)
    typed = {key: value for key, value in entered.items() if key not in DERIVED_KEYS}
    given = read_entry(typed, definition=definition)
    contract = contract_facts(given, on=on, parameters=definition.eligibility)
    consent = consent_of_attempt(_answers(subject), begun_at=screening.started_at)
    document = contract.document | {
        "evaluated_on": on.isoformat(),
        "consent_on": _consented_on(consent, zone),
        "consent": _consent_document(consent, zone),
    }
    facts = facts_from_document(document, definition=definition)
    verdict = evaluate(facts, parameters=definition.eligibility)
    return Assessment(given, contract, document, facts, verdict, definition.eligibility)


def _answers(subject: Subject) -> tuple[InformedConsent, ...]:
    rows = InformedConsent.objects.filter(subject=subject, withdrawn_at__isnull=True)
    return tuple(rows.select_related("consent_version").order_by("given_at", "id"))


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


def _content(screening: Screening, assessment: Assessment) -> dict[str, Any]:
    """``entered``: what people recorded; ``facts``: what the criteria were judged on; ``stands_until``: the last day
    on which a first infusion may be given on these results, null if none of them expires."""
    version = screening.subject.protocol_version
    return {
        "type": "eligibility",
        "subject": screening.subject.code,
        "attempt": screening.attempt,
        "protocol_version": version.version,
        "protocol_sha256": version.sha256,
        "facts_sha256": screening.facts_sha256,
        "entered": screening.facts,
        "facts": assessment.document,
        "overall": assessment.verdict.overall.value,
        "result": verdict_document(assessment.verdict),
        "stands_until": None if assessment.stands_until is None else assessment.stands_until.isoformat(),
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


def stands_until_of(snapshot: EligibilitySnapshot) -> date | None:
    """The last day for a first infusion on the results that were signed; None if none of them expires, or if it was
    signed before that was part of the verdict."""
    until = json.loads(snapshot.content).get("stands_until")
    return None if until is None else date.fromisoformat(until)
