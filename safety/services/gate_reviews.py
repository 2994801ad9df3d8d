"""Gate reviews: the dossier is frozen, everybody signs over the same hash, and only then a cohort opens."""

from __future__ import annotations

from datetime import datetime, timedelta

from safety.models import GateReview, GateVote
from safety.rules.states import GateDecision
from safety.rules.voting import VoteFacts, decision_of, may_convene, may_vote, voting_role
from safety.selectors.dossier import dossier_of
from safety.selectors.drift import is_drifted, open_reviews
from safety.selectors.gate import Assessment, assess
from safety.selectors.reviews import cast_of
from trial.errors import StaleRecord, require
from trial.models import Cohort, User
from trial.permissions import TABLE, Permission, access_of
from trial.permissions import require as require_permission
from trial.protocol.schema import GatePolicy
from trial.rules.canonical import canonical_json, sha256_hex
from trial.rules.roles import Role
from trial.rules.site_time import site_date, start_of_day
from trial.rules.states import Meaning
from trial.services import clearance
from trial.services.notifications import holders, notify
from trial.services.regulated import regulated
from trial.services.signatures import Proof, sign

_DRIFTED = (
    "The facts behind this dossier have changed since it was frozen. Nothing was signed; convene a new review, "
    "read its dossier, then vote."
)
_TOLD = (
    Role.PRINCIPAL_INVESTIGATOR,
    Role.MEDICAL_MONITOR,
    Role.COORDINATOR,
    Role.NURSE,
    Role.PHARMACIST,
    Role.SPONSOR,
)


def convene(*, cohort: Cohort, by: User, at: datetime) -> GateReview:
    """Freeze the dossier of a cohort and open the vote over it. A review whose facts have drifted makes way for it.

    A review can be convened as soon as anybody was dosed, because HOLD and STOP are possible at any time.
    Source: gate rule, decision record. Raises ``RuleViolation``, ``NotPermitted``.
    """
    with regulated(by=by, act="gate_reviews.convene", study=cohort.study):
        require_permission(by, Permission.GATE_CONVENE, study=cohort.study, at=at)
        assessment = assess(cohort, at=at)
        stale = [review for review in open_reviews(assessment) if is_drifted(review, assessment)]
        for review in stale:
            _supersede(review, at=at)
        require(
            may_convene(
                infusions_started=sum(len(row.started) for row in assessment.rows.subjects),
                has_open_review=len(open_reviews(assessment)) > len(stale),
            )
        )
        document = dossier_of(assessment)
        text = canonical_json(document)
        return GateReview.objects.create(
            cohort=cohort,
            number=document["review"],
            protocol_version=assessment.rows.version,
            convened_at=at,
            convened_by=by,
            dossier=text,
            dossier_sha256=sha256_hex(text),
        )


def vote(*, review: GateReview, decision: GateDecision, rationale: str, proof: Proof, at: datetime) -> GateReview:
    """Sign a vote over the frozen dossier; the last vote makes the decision, and PROCEED opens the next cohort.

    1. the study lock; 2. who may; 3. the gate computed again: if the dossier no longer says what is known, the review
    is superseded and nothing is signed; 4. every reason against the vote; 5. the signature; 6. the decision, once
    every signatory has voted: any HOLD or STOP wins.
    Source: gate rule, G01, G41; 21 CFR 11.50, 11.200. Raises ``RuleViolation``, ``NotPermitted``, ``StaleRecord``.
    """
    cohort = Cohort.objects.select_related("study").get(pk=review.cohort_id)
    with regulated(by=proof.user, act="gate_reviews.vote", study=cohort.study):
        require_permission(proof.user, Permission.GATE_VOTE, study=cohort.study, at=at)
        review = GateReview.objects.get(pk=review.pk)
        assessment = assess(cohort, at=at)
        is_open = review.decided_at is None and review.superseded_at is None
        drifted = is_open and is_drifted(review, assessment)
        if drifted:
            _supersede(review, at=at)
        else:
            _cast(review, assessment, decision=decision, rationale=rationale, proof=proof, at=at)
    if drifted:
        # Only now: that the review is superseded must be committed, not rolled back with the refusal.
        raise StaleRecord(_DRIFTED)
    return review


def _cast(
    review: GateReview, assessment: Assessment, *, decision: GateDecision, rationale: str, proof: Proof, at: datetime
) -> None:
    rows = assessment.rows
    policy = assessment.policy
    votes = tuple(rows.votes.get(review.pk, ()))
    role = voting_role(_voting_roles(proof.user, assessment, at=at), policy=policy)
    require(
        may_vote(
            VoteFacts(
                decision=decision,
                rationale=rationale,
                signer_id=proof.user.pk,
                role=role,
                is_decided=review.decided_at is not None,
                is_superseded=review.superseded_at is not None,
                cast=cast_of(votes),
                verdict=assessment.result.result,
                verdict_reasons=assessment.result.reasons,
                policy=policy,
            )
        )
    )
    assert role is not None  # noqa: S101  (the rule has just refused otherwise)
    signature = sign(
        proof=proof,
        study=rows.study,
        role=role,
        meaning=Meaning.GATE_DECISION,
        content={
            "type": "gate_decision",
            "study": rows.study.registry_id,
            "cohort": rows.cohort.number,
            "review": review.number,
            "dossier_sha256": review.dossier_sha256,
            "decision": decision.value,
            "rationale": rationale,
            "protocol_version": rows.version.version,
            "protocol_sha256": rows.version.sha256,
            "policy": policy.trigger.value,
        },
        seen_sha256=review.dossier_sha256,
        at=at,
    )
    given = GateVote.objects.create(
        review=review,
        signer=proof.user,
        role=role.value,
        vote=decision.value,
        rationale=rationale,
        voted_at=at,
        signature=signature,
    )
    _decide(review, assessment, votes=(*votes, given), by=proof.user, at=at)


def _decide(review: GateReview, assessment: Assessment, *, votes: tuple[GateVote, ...], by: User, at: datetime) -> None:
    decision = decision_of(cast_of(votes), signatories=assessment.policy.signatories)
    if decision is None:
        return
    # Who waited for the lock on the study may have read the clock before the other signatory signed.
    at = max(at, *(vote.voted_at for vote in votes))
    review.decision = decision.value
    review.decided_at = at
    review.save(update_fields=["decision", "decided_at"])
    following = Cohort.objects.select_related("study").filter(
        study=assessment.rows.study, number=assessment.rows.cohort.number + 1
    )
    for cohort in following:
        # A decision replaces the permission that an earlier one gave; HOLD and STOP leave the cohort closed.
        clearance.revoke(
            cohort=cohort, reason=f"Replaced by the decision {decision.value} of review {review.number}.", by=by, at=at
        )
        if decision is GateDecision.PROCEED:
            clearance.open_cohort(
                cohort=cohort,
                decision_sha256=review.dossier_sha256,
                signatures=[vote.signature for vote in votes],
                valid_until=_valid_until(assessment.policy, timezone=assessment.timezone, at=at),
                by=by,
                at=at,
            )
    _tell(review, assessment, at=at)


def _valid_until(policy: GatePolicy, *, timezone: str, at: datetime) -> datetime | None:
    """The end of the last whole site day on which the decision holds. Source: gate policy ``proceed_valid_days``."""
    if policy.proceed_valid_days is None:
        return None
    first_day_after = site_date(at, timezone=timezone) + timedelta(days=policy.proceed_valid_days + 1)
    return start_of_day(first_day_after, timezone=timezone)


def _voting_roles(user: User, assessment: Assessment, *, at: datetime) -> frozenset[Role]:
    return access_of(user, assessment.rows.study).roles(at=at) & TABLE[Permission.GATE_VOTE].roles


def _supersede(review: GateReview, *, at: datetime) -> None:
    review.superseded_at = at
    review.save(update_fields=["superseded_at"])


def _tell(review: GateReview, assessment: Assessment, *, at: datetime) -> None:
    rows = assessment.rows
    notify(
        users=holders(study=rows.study, roles=_TOLD, on=at),
        study=rows.study,
        key=f"review:{review.pk}:decided",
        title=f"Gate of cohort {rows.cohort.number}: {review.decision}",
        body=f"Review {review.number} was decided: {review.decision}.",
        path=f"/gates/{rows.cohort.number}/",
        at=at,
    )
