"""The investigator endorses a subject's data for the gate, by signature over their canonical form."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from enrollment.models import Subject
from safety.models import Endorsement
from safety.selectors.endorsements import EndorsementPage, endorsement_page
from trial.errors import require
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.rules.decision import Decision, Reason
from trial.rules.states import Meaning
from trial.services.regulated import regulated
from trial.services.signatures import Proof, sign

_SOURCE = "ICH E6(R3) Annex 1, sponsor data (o): endorsement at predetermined milestones"


def endorse(*, subject: Subject, proof: Proof, at: datetime) -> Endorsement:
    """Sign the infusions, visits and events of the gate window. A later change of any of them breaks the endorsement.

    Source: gate readiness checklist. Raises ``RuleViolation``, ``NotPermitted``, ``StaleRecord``.
    """
    study = subject.study
    with regulated(by=proof.user, act="endorsements.endorse", study=study):
        role = require_permission(proof.user, Permission.ENDORSE, study=study, at=at, site=subject.site)
        page = endorsement_page(subject)
        require(decision(page))
        assert page is not None  # noqa: S101  (the rule has just refused otherwise)
        signature = sign(
            proof=proof,
            study=study,
            role=role,
            meaning=Meaning.ENDORSEMENT,
            content=page.content,
            seen_sha256=page.content_sha256,
            at=at,
        )
        return Endorsement.objects.create(
            subject=page.subject,
            content_sha256=page.content_sha256,
            endorsed_at=at,
            signature=signature,
        )


def decision(page: EndorsementPage | None) -> Decision:
    """Every reason against endorsing these data now, whoever signs."""
    return Decision(tuple(_against(page)))


def _against(page: EndorsementPage | None) -> Iterator[Reason]:
    """Data that still lack something would change, and the endorsement with them: it comes last."""
    if page is None:
        yield Reason("END-NOT-DOSED", "There is nothing to endorse before the first infusion.", _SOURCE)
        return
    if page.stands:
        yield Reason("END-STANDS", "These very data are endorsed already.", _SOURCE)
    for item in page.open_items:
        yield Reason("END-OPEN", f"Still open: {item.text}.", _SOURCE)
