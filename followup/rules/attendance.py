"""Whether a visit can be entered as done, or formally as missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from enrollment.rules.collection import Withdrawn, against_visit
from followup.rules.states import AdverseEventAnswer, VisitState
from trial.protocol.schema import Anchor, VisitPlan
from trial.rules.decision import Decision, Reason
from trial.rules.site_time import at_site

_SCHEDULE = "Protocol, schedule of assessments"
_ASKED = "ICH E6(R3) Annex 1; gate readiness checklist: absence of adverse events is an answer, never a missing one"
_ON_INFUSION = frozenset({Anchor.INFUSION, Anchor.LAST_INFUSION})


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitFacts:
    """A visit as planned, and whether consent covers it.

    ``plans``: its row of the schedule and, where it is merged with the visit of the infusion before, that row as well.
    ``consented``: a consent was signed by the time the visit took place. ``withdrawn``: from how much, and since when.
    """

    code: str
    state: VisitState
    plans: tuple[VisitPlan, ...]
    opens_at: datetime | None
    closes_at: datetime | None
    consented: bool
    timezone: str
    withdrawn: Withdrawn | None = None

    @property
    def is_never_early(self) -> bool:
        """The schedule gives no day before the nominal one: all days of the period must have passed."""
        return any(plan.early_days == 0 and plan.anchor in _ON_INFUSION for plan in self.plans)

    def is_outside(self, done_at: datetime) -> bool:
        is_early = self.opens_at is not None and done_at < self.opens_at
        return is_early or (self.closes_at is not None and done_at > self.closes_at)


def may_complete(
    facts: VisitFacts, *, done_at: datetime, asked: AdverseEventAnswer, note: str, at: datetime
) -> Decision:
    """Every reason against entering this visit as done at ``done_at``.

    Outside its window a visit is possible and says why, except before a window that is never early: the end of an
    observation period cannot be seen before the period has passed.
    Source: schedule of assessments; ICH E6(R3) 2.8 (consent before any procedure).
    """
    return Decision.of(
        [
            _settled(facts),
            _future(done_at, at=at),
            _consent(facts),
            against_visit(facts.withdrawn, done_at=done_at),
            _unasked(asked),
            _without_infusion(facts),
            _too_early(facts, done_at=done_at),
            _unexplained(facts, done_at=done_at, note=note),
        ]
    )


def may_mark_missed(facts: VisitFacts, *, reason: str, at: datetime) -> Decision:
    """Every reason against declaring this visit missed. While its window is open it can still be done."""
    return Decision.of([_settled(facts), _still_open(facts, at=at), _no_reason(reason)])


def _settled(facts: VisitFacts) -> Reason | None:
    if facts.state is VisitState.PLANNED:
        return None
    return Reason(
        "VIS-STATE", f"Visit {facts.code} is {facts.state.value.lower()} already.", "House rule: entered once"
    )


def _future(done_at: datetime, *, at: datetime) -> Reason | None:
    if done_at <= at:
        return None
    return Reason("VIS-FUTURE", "A visit cannot have taken place in the future.", "ALCOA: contemporaneous")


def _consent(facts: VisitFacts) -> Reason | None:
    if facts.consented:
        return None
    message = "No consent was in force when this visit took place: without it nothing is collected."
    return Reason("VIS-CONSENT", message, "ICH E6(R3) 2.8")


def _unasked(asked: AdverseEventAnswer) -> Reason | None:
    if asked is not AdverseEventAnswer.NOT_ASKED:
        return None
    return Reason("VIS-ASKED", "Answer whether there were adverse events: none or yes.", _ASKED)


def _without_infusion(facts: VisitFacts) -> Reason | None:
    if facts.opens_at is not None or not facts.plans or facts.plans[0].anchor not in _ON_INFUSION:
        return None
    message = f"Visit {facts.code} follows an infusion that was not given yet."
    return Reason("VIS-INFUSION", message, _SCHEDULE)


def _too_early(facts: VisitFacts, *, done_at: datetime) -> Reason | None:
    if not facts.is_never_early or facts.opens_at is None or done_at >= facts.opens_at:
        return None
    opens = at_site(facts.opens_at, timezone=facts.timezone)
    message = f"Visit {facts.code} is never early: it opens on {opens:%Y-%m-%d} at {opens:%H:%M}."
    return Reason("VIS-EARLY", message, _SCHEDULE)


def _unexplained(facts: VisitFacts, *, done_at: datetime, note: str) -> Reason | None:
    if note.strip() or not facts.is_outside(done_at):
        return None
    message = f"Visit {facts.code} took place outside its window: say why in the note."
    return Reason("VIS-WINDOW-NOTE", message, _SCHEDULE)


def _still_open(facts: VisitFacts, *, at: datetime) -> Reason | None:
    if facts.closes_at is not None and at > facts.closes_at:
        return None
    if facts.closes_at is None:
        return Reason("VIS-OPEN", f"The window of visit {facts.code} is not known yet.", _SCHEDULE)
    closes = at_site(facts.closes_at, timezone=facts.timezone)
    message = f"Visit {facts.code} can still be done: its window closes on {closes:%Y-%m-%d} at {closes:%H:%M}."
    return Reason("VIS-OPEN", message, _SCHEDULE)


def _no_reason(reason: str) -> Reason | None:
    if reason.strip():
        return None
    return Reason("VIS-REASON", "A missed visit needs its reason.", "ICH E6(R3) Annex 1; gate readiness checklist")
