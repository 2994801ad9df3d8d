"""Work on safety: causality, endorsements, gate reviews, votes, holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from django.utils.translation import gettext as _

from reports import addresses
from reports.selectors.work_items import WorkGroup, WorkItem, group_of
from safety.models import AdverseEvent, GateReview
from safety.rules.checklist import ItemKind
from safety.rules.cohort_state import CohortState
from safety.rules.states import Relationship
from safety.selectors.gate import Assessment
from trial.edge.context import TrialContext
from trial.models import DosingHold
from trial.permissions import TABLE, Permission
from trial.rules.site_time import site_date

MOST = 100
# A cohort in one of these states asks for a review once the earliest time has come.
_REVIEWABLE = frozenset({CohortState.OBSERVING, CohortState.READY, CohortState.RE_REVIEW, CohortState.FILLED})


def events_to_assess(trial: TrialContext, today: date) -> Iterator[WorkItem]:
    """Causality is due so many days after awareness; then the event counts as related."""
    days = timedelta(days=trial.definition.gate.causality_due_days)
    events = AdverseEvent.objects.filter(
        subject__study=trial.study, voided_at__isnull=True, relationship=Relationship.NOT_ASSESSED
    ).select_related("subject__site")
    sites = trial.access.sites(at=trial.at)
    if sites is not None:
        events = events.filter(subject__site_id__in=sites)
    for event in events.order_by("aware_at", "id")[:MOST]:
        due_on = site_date(event.aware_at + days, timezone=event.subject.site.timezone)
        yield WorkItem(
            kind="event",
            title=_("Assess causality: %(term)s") % {"term": event.ctcae_term or event.reported_term},
            subject=event.subject.code,
            detail=_("counts as related when the day has passed"),
            due_on=due_on,
            group=group_of(due_on, today=today),
            url=addresses.event(event.pk),
            action=_("Assess"),
        )


def endorsements_missing(trial: TrialContext, today: date, gates: Sequence[Assessment]) -> Iterator[WorkItem]:
    """Asked for when the observation is over and nothing else is open: earlier, the data still change."""
    sites = trial.access.sites(at=trial.at)
    for gate in gates:
        open_items = [item for item in gate.checklist if not item.is_met and item.kind is not ItemKind.ENDORSEMENT]
        unfinished = {item.subject_code for item in open_items}
        over = {code: day for code, day in _over(gate, sites=sites).items() if code not in unfinished}
        for item in gate.checklist:
            if item.kind is ItemKind.ENDORSEMENT and not item.is_met and item.subject_code in over:
                yield WorkItem(
                    kind="endorsement",
                    title=_("Endorse the data for gate %(gate)s") % {"gate": gate.rows.cohort.number},
                    subject=item.subject_code,
                    detail=item.lacks,
                    due_on=over[item.subject_code],
                    group=group_of(over[item.subject_code], today=today),
                    url=addresses.endorsement(item.subject_code),
                    action=_("Read and endorse"),
                )


def _over(gate: Assessment, *, sites: frozenset[int] | None) -> dict[str, date]:
    """The subjects whose window is over, with the day after it, among those that this person may see."""
    codes = {row.number: row.subject for row in gate.rows.subjects if sites is None or row.subject.site_id in sites}
    closed: dict[str, date] = {}
    for subject in gate.result.subjects:
        known = codes.get(int(subject.number))
        if known and subject.window_closes_at and subject.window_closes_at < gate.at:
            closed[known.code] = site_date(subject.window_closes_at, timezone=gate.timezone) + timedelta(days=1)
    return closed


def reviews_to_convene(trial: TrialContext, today: date, gates: Sequence[Assessment]) -> Iterator[WorkItem]:
    for gate in gates:
        earliest = gate.result.earliest_review_at
        if earliest is None or earliest > gate.at or _open_review(gate) or gate.result.state not in _REVIEWABLE:
            continue
        due_on = site_date(earliest, timezone=gate.timezone)
        yield WorkItem(
            kind="review",
            title=_("Convene the review of gate %(gate)s") % {"gate": gate.rows.cohort.number},
            subject="",
            detail=_("computes to %(verdict)s") % {"verdict": gate.result.result.value},
            due_on=due_on,
            group=group_of(due_on, today=today),
            url=addresses.gate(gate.rows.cohort.number),
            action=_("Open gate"),
        )


def votes_to_cast(trial: TrialContext, today: date, gates: Sequence[Assessment]) -> Iterator[WorkItem]:
    held = trial.access.roles(at=trial.at) & TABLE[Permission.GATE_VOTE].roles
    for gate in gates:
        review = _open_review(gate)
        if review is None or not _may_still_vote(trial, gate, review, roles={role.value for role in held}):
            continue
        due_on = site_date(review.convened_at, timezone=gate.timezone)
        yield WorkItem(
            kind="vote",
            title=_("Vote on gate %(gate)s") % {"gate": gate.rows.cohort.number},
            subject="",
            detail=_("review %(number)s waits for your signature") % {"number": review.number},
            due_on=due_on,
            group=group_of(due_on, today=today),
            url=addresses.gate(gate.rows.cohort.number),
            action=_("Read and vote"),
        )


def _may_still_vote(trial: TrialContext, gate: Assessment, review: GateReview, *, roles: set[str]) -> bool:
    votes = gate.rows.votes.get(review.pk, ())
    wanted = set(gate.policy.signatories) - {vote.role for vote in votes}
    return bool(wanted & roles) and all(vote.signer_id != trial.user.pk for vote in votes)


def _open_review(gate: Assessment) -> GateReview | None:
    standing = (r for r in gate.rows.reviews if r.decided_at is None and r.superseded_at is None)
    return next(standing, None)


def holds_to_decide(trial: TrialContext, today: date) -> Iterator[WorkItem]:
    holds = DosingHold.objects.filter(study=trial.study, lifted_at__isnull=True).select_related("cohort")
    for hold in holds.order_by("placed_at", "id")[:MOST]:
        yield WorkItem(
            kind="hold",
            title=_("Dosing hold on: %(scope)s") % {"scope": hold.scope},
            subject=hold.subject_code,
            detail=hold.reason,
            due_on=None,
            group=WorkGroup.TODAY,
            url=addresses.holds(),
            action=_("Review hold"),
        )
