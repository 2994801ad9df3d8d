"""The gate of a cohort for one person: the dossier, the review, what they may do, and every reason why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from safety.models import GateReview, GateVote
from safety.rules.gate import GateResult
from safety.rules.permission import missing_signature
from safety.rules.states import GateDecision
from safety.rules.voting import GRAVITY, VoteFacts, may_convene, may_vote, voting_role
from safety.selectors.drift import changes_since, is_drifted, live_document, open_reviews
from safety.selectors.gate import Assessment, assess
from safety.selectors.reviews import ReviewPage, cast_of, review_page
from trial.models import Cohort, CohortClearance, ElectronicSignature
from trial.permissions import TABLE, Access, Permission
from trial.rules.canonical import sha256_hex
from trial.rules.decision import Decision
from trial.rules.roles import Role

_SOME_TEXT = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Voting:
    """``role``: in which this person would vote. ``against``: what stands against any vote of theirs.

    ``offered``: the decisions they can vote for; ``proceed``: what stands against PROCEED in particular.
    """

    role: Role | None
    against: Decision
    offered: tuple[GateDecision, ...]
    proceed: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class GatePage:
    """``review``: the one that is open, else the latest; None: there was none yet.

    ``document``: the frozen dossier of an open review, which is what gets signed; else the dossier as of now.
    ``drift``: what differs between the dossier of ``review`` and now. ``must_convene``: nobody can sign it any more.
    ``result``: the result as people see it. ``clearance``: the latest permission to dose the next cohort, in force or
    revoked.
    """

    assessment: Assessment
    result: GateResult
    document: Mapping[str, Any]
    is_frozen: bool
    review: ReviewPage | None
    drift: tuple[str, ...]
    must_convene: bool
    clearance: CohortClearance | None
    convening: Decision
    voting: Voting | None


def gate_page(cohort: Cohort, *, access: Access, at: datetime) -> GatePage:
    """Twelve queries, whatever the cohort holds."""
    assessment = assess(cohort, at=at)
    live = live_document(assessment)
    review = _review(assessment, access=access)
    is_open = review is not None and review.is_open
    drifted = is_open and review is not None and is_drifted(review.review, assessment)
    return GatePage(
        assessment=assessment,
        result=shown_result(assessment),
        document=review.dossier if review is not None and is_open else live,
        is_frozen=is_open,
        review=review,
        drift=() if review is None else changes_since(review.dossier, live),
        must_convene=drifted,
        clearance=_clearance(assessment),
        convening=access.check(Permission.GATE_CONVENE, at=at) + convening(assessment),
        voting=_voting(assessment, review, access=access, at=at) if is_open else None,
    )


def convening(assessment: Assessment) -> Decision:
    """What stands against convening a review now, whoever asks. One that has drifted makes way."""
    standing = [review for review in open_reviews(assessment) if not is_drifted(review, assessment)]
    return may_convene(
        infusions_started=sum(len(row.started) for row in assessment.rows.subjects), has_open_review=bool(standing)
    )


def shown_result(assessment: Assessment) -> GateResult:
    """The result as people see it. While votes are collected the rule knows none of them, as nobody may; who has voted
    is no secret, so only those are named as missing who really are.
    """
    result, opened = assessment.result, open_reviews(assessment)
    if not opened:
        return result
    votes: tuple[GateVote, ...] = tuple(assessment.rows.votes.get(opened[0].pk, ()))
    voted = {vote.role for vote in votes}
    missing = tuple(role for role in result.signatures_missing if role not in voted)
    given = {missing_signature(role) for role in voted}
    permission = Decision(tuple(reason for reason in result.permission.reasons if reason not in given))
    return replace(result, signatures_missing=missing, permission=permission)


def signature_stands(signature: ElectronicSignature, *, review: GateReview) -> bool:
    """The signature is over its content, and the content over this very dossier. The database verified who made it."""
    return (
        sha256_hex(signature.content) == signature.content_sha256
        and sha256_hex(review.dossier) == review.dossier_sha256
        and f'"{review.dossier_sha256}"' in signature.content
    )


def _review(assessment: Assessment, *, access: Access) -> ReviewPage | None:
    """The rows know the reviews already; the page of one asks for its votes with their signatures."""
    reviews = assessment.rows.reviews
    if not reviews:
        return None
    opened = open_reviews(assessment)
    chosen = opened[0] if opened else reviews[-1]
    chosen.protocol_version = assessment.rows.versions[chosen.protocol_version_id]
    return review_page(chosen, seen_by=access.user)


def _voting(assessment: Assessment, review: ReviewPage | None, *, access: Access, at: datetime) -> Voting | None:
    """None: this person never votes, so no form is shown to them."""
    if review is None or not access.may(Permission.GATE_VOTE, at=at):
        return None
    held = access.roles(at=at) & TABLE[Permission.GATE_VOTE].roles
    role = voting_role(held, policy=assessment.policy)
    votes: tuple[GateVote, ...] = tuple(assessment.rows.votes.get(review.review.pk, ()))

    def decision(wanted: GateDecision) -> Decision:
        return may_vote(
            VoteFacts(
                decision=wanted,
                rationale=_SOME_TEXT,
                signer_id=access.user.pk,
                role=role,
                is_decided=False,
                is_superseded=is_drifted(review.review, assessment),
                cast=cast_of(votes),
                verdict=assessment.result.result,
                verdict_reasons=assessment.result.reasons,
                policy=assessment.policy,
            )
        )

    against = decision(GateDecision.HOLD)
    proceed = decision(GateDecision.PROCEED)
    return Voting(
        role=role,
        against=against,
        offered=tuple(wanted for wanted in GRAVITY if decision(wanted).allowed),
        proceed=Decision(tuple(reason for reason in proceed.reasons if reason not in against.reasons)),
    )


def _clearance(assessment: Assessment) -> CohortClearance | None:
    rows = assessment.rows
    return (
        CohortClearance.objects.filter(cohort__study=rows.study, cohort__number=rows.cohort.number + 1)
        .select_related("cohort", "opened_by")
        .order_by("-opened_at", "-id")
        .first()
    )
