"""Whether an adverse event is treatment-emergent inside the observation window: it began there, or worsened there."""

from __future__ import annotations

from datetime import date

from safety.rules.finding import Finding, counts, does_not_count, undetermined
from safety.rules.gate_facts import EventFacts, GradeFacts
from safety.rules.observation import ObservationWindow
from trial.protocol.schema import GatePolicy


def emergence(event: EventFacts, *, window: ObservationWindow | None, policy: GatePolicy) -> Finding:
    """Onset, or worsening of what was there before, at or after the start of the first infusion and in the window.

    Any possible instant counts: an onset on the day of the infusion without a time lies after its start, "in March"
    lies in a window that touches March, and an onset that is not known lies in every window.
    Source: gate policy, definition of the treatment-emergent adverse event; ICH E9 glossary.
    """
    if window is None:
        return does_not_count("the subject had received no infusion")
    if _was_there_before(event, window=window):
        return _worsening(event, window=window, policy=policy)
    if event.onset is None:
        return counts("the onset is not known, so it may lie in the observation window")
    if event.onset.earliest >= window.over_at:
        return does_not_count("it began after the observation window had closed")
    return counts("it began in the observation window")


def grades_since_infusion(event: EventFacts, *, opens_on: date) -> tuple[GradeFacts, ...]:
    """Grades on or after the day of the first infusion, and those of an unknown day, which may be."""
    return tuple(entry for entry in event.grades if entry.on is None or entry.on >= opens_on)


def _was_there_before(event: EventFacts, *, window: ObservationWindow) -> bool:
    if event.baseline is not None and event.baseline.present:
        return True
    return event.onset is not None and event.onset.latest < window.opens_at


def _worsening(event: EventFacts, *, window: ObservationWindow, policy: GatePolicy) -> Finding:
    present = event.baseline is not None and event.baseline.present
    since = grades_since_infusion(event, opens_on=window.opens_on)
    if present and event.serious and _may_lie_in_window(event, window=window):
        return counts("it was present at baseline and has become serious")
    if not since:
        return (
            _grade_unknown("since the first infusion", policy=policy)
            if present
            else does_not_count("it began before the first infusion and was not graded worse since")
        )
    reference = _grade_before(event, opens_on=window.opens_on)
    if reference is None:
        return _grade_unknown("before the first infusion", policy=policy)
    worse = [entry for entry in since if entry.grade > reference]
    if not worse:
        return does_not_count(f"it was there before the first infusion with grade {reference} and has not worsened")
    in_window = [entry.grade for entry in worse if _grade_lies_in_window(entry, event=event, window=window)]
    if not in_window:
        return does_not_count("it was there before and worsened only after the observation window had closed")
    return counts(f"it worsened from grade {reference} to grade {max(in_window)} in the observation window")


def _grade_before(event: EventFacts, *, opens_on: date) -> int | None:
    """The grade at baseline as stated, else the worst dated before the first infusion, else the mildest undated one.

    An undated grade says nothing of a baseline whose grade nobody stated.
    """
    baseline = event.baseline if event.baseline is not None and event.baseline.present else None
    if baseline is not None and baseline.grade is not None:
        return baseline.grade
    before = [entry.grade for entry in event.grades if entry.on is not None and entry.on < opens_on]
    if before:
        return max(before)
    if baseline is not None:
        return None
    undated = [entry.grade for entry in event.grades if entry.on is None]
    return min(undated) if undated else None


def _grade_lies_in_window(entry: GradeFacts, *, event: EventFacts, window: ObservationWindow) -> bool:
    if entry.on is None:
        return _may_lie_in_window(event, window=window)
    return entry.on <= window.closes_on


def _may_lie_in_window(event: EventFacts, *, window: ObservationWindow) -> bool:
    # An earlier onset says nothing of when it became worse, so that may have been in the window.
    return event.onset is None or event.onset.earliest < window.over_at


def _grade_unknown(when: str, *, policy: GatePolicy) -> Finding:
    why = f"its grade {when} is not known, so it may have worsened"
    return counts(why) if policy.unknown_grade_counts else undetermined(why)
