"""Gate reviews for pages: votes stay hidden from everybody else until all of them are in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from safety.models import GateReview, GateVote
from safety.rules.states import GateDecision
from safety.rules.voting import Cast, missing_roles
from trial.models import Cohort, User
from trial.rules.roles import Role


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """A review as one person may see it. ``votes``: one's own, and all of them once the review is decided."""

    review: GateReview
    dossier: dict[str, Any]
    votes: tuple[GateVote, ...]
    voted: tuple[Role, ...]
    missing: tuple[Role, ...]

    @property
    def is_open(self) -> bool:
        return self.review.decided_at is None and self.review.superseded_at is None


def review_page(review: GateReview, *, seen_by: User) -> ReviewPage:
    """Who has voted is shown, what they voted is not, so that nobody follows anybody. One query."""
    votes = tuple(review.votes.select_related("signer", "signature").order_by("id"))
    is_decided = review.decided_at is not None
    signatories = review.protocol_version.definition.gate.signatories
    return ReviewPage(
        review=review,
        dossier=json.loads(review.dossier),
        votes=tuple(vote for vote in votes if is_decided or vote.signer_id == seen_by.pk),
        voted=tuple(Role(vote.role) for vote in votes),
        missing=missing_roles(cast_of(votes), signatories=signatories),
    )


def reviews_of(cohort: Cohort) -> tuple[GateReview, ...]:
    """All reviews of a cohort, the latest first."""
    rows = GateReview.objects.filter(cohort=cohort).select_related("protocol_version", "convened_by")
    return tuple(rows.order_by("-number"))


def cast_of(votes: Sequence[GateVote]) -> tuple[Cast, ...]:
    return tuple(Cast(signer_id=vote.signer_id, role=Role(vote.role), vote=GateDecision(vote.vote)) for vote in votes)
