"""Whether a subject can be counted as evidence that a dose level is safe."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from safety.rules.gate_facts import SubjectFacts
from safety.rules.observation import ObservationWindow
from trial.protocol.schema import CohortPlan, GatePolicy
from trial.rules.site_time import site_date


class Standing(StrEnum):
    """PENDING: not evaluable yet, and nothing that happened rules it out."""

    EVALUABLE = "evaluable"
    PENDING = "pending"
    NOT_EVALUABLE = "not_evaluable"


@dataclass(frozen=True, slots=True)
class Evaluability:
    standing: Standing
    why: str
    lacks_only_d28: bool = False

    @property
    def is_evaluable(self) -> bool:
        return self.standing is Standing.EVALUABLE


def evaluability(
    subject: SubjectFacts,
    *,
    window: ObservationWindow | None,
    has_qualifying_event: bool,
    policy: GatePolicy,
    plan: CohortPlan,
    as_of: datetime,
    timezone: str,
) -> Evaluability:
    """All planned infusions received, each with enough of the planned viable dose, and the window completed with safety
    data from its last day on; or a qualifying event at any time in the window.

    A replaced subject no longer counts, unless by an event. An event outside the window makes nobody evaluable:
    otherwise one more adverse event could turn a gate that is not ready into one that is passed.
    Source: gate policy, definition of evaluable; ``evaluable_dose_fraction``, ``d28_early_days``, ``d28_late_days``.
    """
    if has_qualifying_event:
        return Evaluability(Standing.EVALUABLE, "had a qualifying event in the observation window")
    received = has_received_all(subject, plan=plan)
    safety_data = _safety_data(subject, window=window, policy=policy)
    against = (
        _replaced(subject),
        _doses(subject, policy=policy, plan=plan),
        _left(subject, window=window if received else None, safety_data=safety_data, policy=policy, timezone=timezone),
        _regimen(subject, received=received, plan=plan),
        _open_window(window, as_of=as_of),
    )
    found = [finding for finding in (*against, safety_data) if finding is not None]
    # What rules a subject out is told before what is merely still to come.
    found.sort(key=lambda finding: finding.standing is not Standing.NOT_EVALUABLE)
    return found[0]


def _not_evaluable(why: str) -> Evaluability:
    return Evaluability(Standing.NOT_EVALUABLE, why)


def _pending(why: str) -> Evaluability:
    return Evaluability(Standing.PENDING, why)


def has_received_all(subject: SubjectFacts, *, plan: CohortPlan) -> bool:
    return {infusion.number for infusion in subject.infusions} >= set(range(1, plan.infusions + 1))


def _replaced(subject: SubjectFacts) -> Evaluability | None:
    return None if subject.replaced_by is None else _not_evaluable(f"was replaced by subject {subject.replaced_by}")


def _doses(subject: SubjectFacts, *, policy: GatePolicy, plan: CohortPlan) -> Evaluability | None:
    unknown = None
    for infusion in subject.infusions:
        fraction = infusion.dose_fraction
        if infusion.number > plan.infusions:
            continue
        if fraction is None:
            unknown = _pending(f"the dose given with infusion {infusion.number} is not known")
        elif fraction < policy.evaluable_dose_fraction:
            return _not_evaluable(
                f"received less than {policy.evaluable_dose_fraction:f} of the planned dose "
                f"with infusion {infusion.number}"
            )
    return unknown


def _left(
    subject: SubjectFacts,
    *,
    window: ObservationWindow | None,
    safety_data: Evaluability,
    policy: GatePolicy,
    timezone: str,
) -> Evaluability | None:
    """Death or withdrawal before the window's last day, or loss without data after it. No window: not all received."""
    died_on = None if subject.died_at is None else site_date(subject.died_at, timezone=timezone)
    if died_on is not None and (window is None or died_on <= window.closes_on):
        return _not_evaluable(f"died on {died_on}, before the observation window was completed")
    withdrawn_on = subject.withdrawn_on
    if withdrawn_on is not None and (window is None or withdrawn_on < window.closes_on):
        return _not_evaluable(f"withdrew on {withdrawn_on}, before the observation window was completed")
    if subject.lost_on is not None and (window is None or not safety_data.is_evaluable):
        lost = f"was lost to follow-up on {subject.lost_on}; safety data of the last day are missing"
        return _not_evaluable(lost + _phone_note(subject, window=window, policy=policy))
    return None


def _phone_note(subject: SubjectFacts, *, window: ObservationWindow | None, policy: GatePolicy) -> str:
    """Why a telephone contact does not stand for them. Asked only where it does not: too early, or not by policy."""
    phone_on = subject.phone_contact_on
    if phone_on is None or window is None:
        return ""
    if policy.phone_contact_suffices:
        return f": the telephone contact on {phone_on} was before {window.closes_on}"
    return f": under the gate policy in force the telephone contact on {phone_on} does not stand for the visit"


def _regimen(subject: SubjectFacts, *, received: bool, plan: CohortPlan) -> Evaluability | None:
    if received:
        return None
    return _pending(f"has received {len(subject.infusions)} of {plan.infusions} planned infusions")


def _open_window(window: ObservationWindow | None, *, as_of: datetime) -> Evaluability | None:
    if window is None or window.is_over(as_of=as_of):
        return None
    return _pending(f"the observation window closes on {window.closes_on} at 24:00")


def _safety_data(subject: SubjectFacts, *, window: ObservationWindow | None, policy: GatePolicy) -> Evaluability:
    """Safety data from the end of the window: the D28 visit, or a telephone contact where the policy takes it.

    An earlier visit does not cover the window. A later one does: it is a deviation, and says so.
    """
    if window is None:
        return _pending("has received no infusion")
    opens_on = window.closes_on - timedelta(days=policy.d28_early_days)
    visit_on, phone_on = subject.d28_visit_on, subject.phone_contact_on
    if visit_on is not None and visit_on >= opens_on:
        late_days = (visit_on - window.closes_on).days - policy.d28_late_days
        note = f", {late_days} days after its visit window" if late_days > 0 else ""
        return Evaluability(Standing.EVALUABLE, f"completed the observation window; D28 visit on {visit_on}{note}")
    if policy.phone_contact_suffices and phone_on is not None and phone_on >= window.closes_on:
        return Evaluability(Standing.EVALUABLE, f"completed the observation window; telephone contact on {phone_on}")
    note = f": the visit on {visit_on} was before {opens_on}" if visit_on is not None else ""
    note = note or _phone_note(subject, window=window, policy=policy)
    return Evaluability(Standing.PENDING, f"the D28 visit is not done{note}", lacks_only_d28=True)
