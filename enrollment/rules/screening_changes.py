"""When screening facts may change, a verdict be signed, or a screening be closed as failed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from enrollment.rules.eligibility import EligibilityVerdict, Overall
from enrollment.rules.states import SubjectState
from trial.rules.decision import Decision, Reason

_SOURCE = "Protocol, eligibility; ICH E6(R3) 2.2"
_CORRECTION = "21 CFR 11.10(e); ICH E6(R3) 4.2.4"
_OPEN = frozenset({SubjectState.SCREENING, SubjectState.ELIGIBLE, SubjectState.ALLOCATED, SubjectState.ON_TREATMENT})

PENDING = "ELG-PENDING"
UNSAVED = Reason(
    "SCR-UNSAVED", "Save first: what is signed is what is saved.", "House rule: what is signed is what was seen"
)


def changed_keys(*, saved: Mapping[str, Any], entered: Mapping[str, Any]) -> tuple[str, ...]:
    """Keys whose saved value would become another one or disappear. A value that is new is no change of a saved one."""
    return tuple(sorted(key for key, value in saved.items() if entered.get(key) != value))


def may_change_facts(state: SubjectState, *, changed: Collection[str], reason: str) -> Decision:
    """``changed``: keys whose saved value would become another one. New values need no reason, changed ones do."""
    reasons = []
    if state not in _OPEN:
        reasons.append(Reason("SCR-CLOSED", "This screening is closed; its facts are kept as they are.", _SOURCE))
    if changed and not reason.strip():
        keys = ", ".join(sorted(changed))
        reasons.append(Reason("SCR-REASON", f"Say why a saved value changes ({keys}).", _CORRECTION))
    return Decision(tuple(reasons))


def may_sign(state: SubjectState, verdict: EligibilityVerdict, *, undocumented: Sequence[Reason] = ()) -> Decision:
    """``undocumented``: what must be on file before anybody signs."""
    reasons = list(undocumented)
    if state not in _OPEN:
        reasons.append(Reason("SCR-CLOSED", "This screening is closed and cannot be signed.", _SOURCE))
    if verdict.overall is not Overall.ELIGIBLE:
        reasons.extend(_against(verdict))
    return Decision(tuple(reasons))


def may_fail(state: SubjectState, verdict: EligibilityVerdict) -> Decision:
    reasons = []
    if state not in (SubjectState.SCREENING, SubjectState.ELIGIBLE):
        reasons.append(Reason("SCR-CLOSED", "Only an open screening can be closed as failed.", _SOURCE))
    if verdict.overall is not Overall.INELIGIBLE:
        message = f"The verdict is “{verdict.overall.value}”: a screening fails only when a criterion excludes."
        reasons.append(Reason("SCR-NOT-FAILED", message, _SOURCE))
    return Decision(tuple(reasons))


def may_discontinue(state: SubjectState, verdict: EligibilityVerdict, *, note: str) -> Decision:
    """Every reason against closing a screening for another reason than a criterion. What fails is closed as failed, so
    that the log counts it under its criteria."""
    reasons = []
    if state not in (SubjectState.SCREENING, SubjectState.ELIGIBLE):
        reasons.append(Reason("SCR-CLOSED", "Only an open screening can be closed.", _SOURCE))
    if verdict.overall is Overall.INELIGIBLE:
        codes = ", ".join(each.code.value for each in verdict.failing)
        reasons.append(Reason("SCR-FAILED", f"A criterion excludes ({codes}): close the screening as failed.", _SOURCE))
    if not note.strip():
        reasons.append(Reason("SCR-NOTE", "Say what happened, for the screening log.", _CORRECTION))
    return Decision(tuple(reasons))


def pending(verdict: EligibilityVerdict, *, name: Callable[[str], str]) -> Reason:
    """What the verdict still waits for. ``name``: how a fact is named, by its key for programs, in words on a page."""
    missing = sorted({name(need) for criterion in verdict.criteria for need in criterion.needs})
    message = f"The verdict is “{verdict.overall.value}”. Still needed: {', '.join(missing) or 'see the criteria'}."
    return Reason(PENDING, message, _SOURCE)


def _against(verdict: EligibilityVerdict) -> list[Reason]:
    """All reasons of failing criteria, or what is missing for those that cannot be determined."""
    failing = [reason for criterion in verdict.failing for reason in criterion.reasons]
    if failing:
        return failing
    return [pending(verdict, name=str)]
