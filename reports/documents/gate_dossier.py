"""The gate dossier as a PDF: precisely the frozen document that was signed, then the signatures under it.

The body is made from the stored JSON alone, never from live rows; only the page of decision and signatures reads votes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from reports.pdf import AttachedFile, pdf_of
from safety.models import GateReview, GateVote
from trial.models import Deployment
from trial.rules.canonical import canonical_json, sha256_hex
from trial.rules.roles import ROLE_LABELS, Role
from trial.rules.states import MEANING_LABELS, Meaning

_TEMPLATE = "pdf/gate_dossier.html"


class BrokenDossier(RuntimeError):
    """The stored dossier is not what its hash says: no document may be made from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureBlock:
    """``is_intact``: the signed content has its hash, and it names this dossier."""

    printed_name: str
    role: str
    meaning: str
    vote: str
    rationale: str
    signed_at: datetime
    method: str
    content_sha256: str
    is_intact: bool


def label_of(review: GateReview) -> str:
    return f"Gate {review.cohort.number}, review {review.number}: dossier"


def inputs_sha256(review: GateReview) -> str:
    """What the document depends on: the dossier, and the decision with its signatures once it is made."""
    return sha256_hex(
        canonical_json(
            {
                "dossier": review.dossier_sha256,
                "decision": review.decision,
                "superseded": review.superseded_at is not None,
                "signatures": [block.content_sha256 for block in signature_blocks(review)],
            }
        )
    )


def signature_blocks(review: GateReview) -> tuple[SignatureBlock, ...]:
    """Empty until the review is decided: before, nobody may see what another has voted."""
    if review.decided_at is None:
        return ()
    # In memory: a list of reviews comes with its votes prefetched.
    votes = sorted(review.votes.all(), key=lambda vote: vote.pk)
    return tuple(_block(vote, dossier_sha256=review.dossier_sha256) for vote in votes)


def _block(vote: GateVote, *, dossier_sha256: str) -> SignatureBlock:
    signature = vote.signature
    content = json.loads(signature.content)
    return SignatureBlock(
        printed_name=signature.printed_name,
        role=ROLE_LABELS[Role(signature.role)],
        meaning=MEANING_LABELS[Meaning(signature.meaning)],
        vote=vote.vote,
        rationale=vote.rationale,
        signed_at=signature.signed_at,
        method=signature.method,
        content_sha256=signature.content_sha256,
        is_intact=sha256_hex(signature.content) == signature.content_sha256
        and content.get("dossier_sha256") == dossier_sha256
        and content.get("decision") == vote.vote,
    )


class GateDossierPdf:
    def __init__(self, review: GateReview) -> None:
        self._review = review

    @cached_property
    def dossier(self) -> Mapping[str, Any]:
        """Raises ``BrokenDossier``."""
        if sha256_hex(self._review.dossier) != self._review.dossier_sha256:
            raise BrokenDossier("The stored dossier no longer has the hash under which it was frozen.")
        frozen: Mapping[str, Any] = json.loads(self._review.dossier)
        return frozen

    def render(self) -> bytes:
        cut_off = datetime.fromisoformat(self.dossier["as_of"])
        return pdf_of(
            _TEMPLATE,
            self.context(),
            attached=AttachedFile(
                name=f"gate-{self.dossier['cohort']}-review-{self.dossier['review']}.json",
                content=self._review.dossier,
                description="The frozen dossier, byte for byte as it was signed",
            ),
            identifier=self._review.dossier_sha256,
            created_at=cut_off.astimezone(UTC),
        )

    def context(self) -> dict[str, object]:
        review, dossier = self._review, self.dossier
        deployment = Deployment.objects.first()
        return {
            "dossier": dossier,
            "zone": dossier["site_zone"],
            "cut_off": datetime.fromisoformat(dossier["as_of"]),
            "earliest_review_at": _instant(dossier["result"]["earliest_review_at"]),
            "parameters": list(_flat(dossier["policy"]["parameters"])),
            "subjects": [_subject(row) for row in dossier["subjects"]],
            "open_items": [item for item in dossier["checklist"] if not item["met"]],
            "review": review,
            "signatures": signature_blocks(review),
            "signatories": [ROLE_LABELS[Role(role)] for role in dossier["policy"]["parameters"]["signatories"]],
            "is_demonstration": deployment is None or deployment.is_demonstration,
        }


def _subject(row: Mapping[str, Any]) -> dict[str, Any]:
    infusions = [
        {**given, "started_at": _instant(given["started_at"]), "ended_at": _instant(given["ended_at"])}
        for given in row["infusions"]
    ]
    return {
        **row,
        "infusions": infusions,
        "window_opens_at": _instant(row["window_opens_at"]),
        "window_closes_at": _instant(row["window_closes_at"]),
    }


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _flat(parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in parameters.items():
        yield name.replace("_", " "), _words(value)


def _words(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_words(item) for item in value)
    return str(value).replace("_", " ")
