"""Explain whether a subject may take the next slot: the rule of allocation, for facts from a document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from enrollment.rules.allocation import AllocationFacts, Cap, may_allocate, most_in_cohort, most_replacements
from enrollment.rules.states import SubjectState
from reports.explain.infusion_input import EligibilityInput
from trial.documents.parsing import InputModel, Instant, Text, parse
from trial.documents.problems import InputProblems, Problem
from trial.protocol.schema import CohortPlan, ProtocolDefinition

KEYS_HELP = """\
explain allocation: may this subject take the next slot in order, and if not, every reason why not

in (a missing key and null both mean "not known", which is never enough):
  at                    the moment of the question
  subject               code of the subject; it appears among the allocations when it was allocated before
  state                 SCREENING ELIGIBLE SCREEN_FAILED ALLOCATED ON_TREATMENT FOLLOW_UP COMPLETED WITHDRAWN DIED;
                        without it ELIGIBLE when a verdict eligible was signed, else SCREENING
  consents              [{given_at, withdrawn_at}], the signed ones
  eligibility           {signed_at, intact, verdict eligible|ineligible|pending}: the signed verdict
  allocations           [{subject, slot, allocated_at, vacated_at}] of everybody, in their order; slot: its number, 1 is
                        the first of cohort 1; without allocated_at: it counts. Who comes into a slot that somebody had
                        before is a replacement
  clearances            [{cohort, opened_at, revoked_at, valid_until}] of all cohorts
  waiting               [{subject, since}] who else is eligible, signed and waits for a slot; since: the first signature
                        of their screening, without it they wait longest. The subject's own place follows from
                        eligibility.signed_at
  order_reason          why this subject comes before those who wait longer

Times carry an offset or are site-local. What happened after at is not yet known.

out:
  allowed, reasons      [{code, message, source}]
  earliest_at           at, when it is allowed; null otherwise, because a cohort opens by signatures and not by waiting
"""

Nth = Annotated[int, Field(strict=True, ge=1)]


class ConsentInput(InputModel):
    given_at: Instant | None = None
    withdrawn_at: Instant | None = None


class AllocationRow(InputModel):
    subject: Text
    slot: Nth
    allocated_at: Instant | None = None
    vacated_at: Instant | None = None


class CohortClearanceInput(InputModel):
    cohort: Nth
    opened_at: Instant | None = None
    revoked_at: Instant | None = None
    valid_until: Instant | None = None


class WaitingRow(InputModel):
    subject: Text
    since: Instant | None = None


class AllocationInput(InputModel):
    at: Instant
    subject: Text
    state: SubjectState | None = None
    consents: tuple[ConsentInput, ...] | None = None
    eligibility: EligibilityInput | None = None
    allocations: tuple[AllocationRow, ...] | None = None
    clearances: tuple[CohortClearanceInput, ...] | None = None
    waiting: tuple[WaitingRow, ...] | None = None
    order_reason: Text | None = None


def explain(document: object, definition: ProtocolDefinition) -> dict[str, object]:
    """The answer to the document's subject under ``definition``. Raises InputProblems."""
    given = parse(AllocationInput, document, definition=definition)
    problems = [*_unknown_numbers(given, definition)]
    if problems:
        raise InputProblems(problems)
    decision = may_allocate(_facts(given, definition))
    return {
        "allowed": decision.allowed,
        "reasons": decision.reasons,
        "earliest_at": given.at if decision.allowed else None,
    }


def _unknown_numbers(given: AllocationInput, definition: ProtocolDefinition) -> Iterator[Problem]:
    last = max(cohort.last_slot for cohort in definition.cohorts)
    for index, row in enumerate(given.allocations or ()):
        if row.slot > last:
            yield Problem(f"allocations[{index}].slot", f"must be between 1 and {last}")
    for index, clearance in enumerate(given.clearances or ()):
        if clearance.cohort > len(definition.cohorts):
            yield Problem(f"clearances[{index}].cohort", f"must be between 1 and {len(definition.cohorts)}")


def _facts(given: AllocationInput, definition: ProtocolDefinition) -> AllocationFacts:
    known = [row for row in given.allocations or () if row.allocated_at is None or row.allocated_at <= given.at]
    held = {row.slot for row in known if row.vacated_at is None or row.vacated_at > given.at}
    free = next(((c, slot) for c in definition.cohorts for slot in _slots(c) if slot not in held), None)
    cohort, slot = free or (None, None)
    own = [row for row in known if cohort is not None and row.slot in _slots(cohort)]
    signed = _signed(given)
    state = given.state or (SubjectState.ELIGIBLE if _is_eligible(signed) else SubjectState.SCREENING)
    is_replacement = any(row.slot == slot for row in known)
    return AllocationFacts(
        state=state,
        consented=_consented(given),
        signed_intact=signed.intact is True if signed is not None and _is_eligible(signed) else None,
        next_slot=f"C{cohort.number}-{slot - cohort.first_slot + 1}" if cohort and slot else None,
        next_number=_number(slot, known, definition) if is_replacement else slot,
        next_cohort=cohort.number if cohort else None,
        next_cohort_open=cohort is not None and _is_open(given, cohort=cohort.number),
        is_replacement=is_replacement,
        filled=tuple((c.number, len(held.intersection(_slots(c))), c.size) for c in definition.cohorts),
        subjects=Cap(len(known), definition.study.max_dosed),
        in_cohort=Cap(len(own), most_in_cohort(cohort, definition)) if cohort else None,
        cohort_replacements=Cap(_replaced(own), definition.gate.maximum_replacements_per_cohort) if cohort else None,
        replacements=Cap(_replaced(known), most_replacements(definition)),
        ahead=_ahead(given, signed) if state is SubjectState.ELIGIBLE else (),
        order_reason=given.order_reason or "",
    )


def _number(slot: int | None, known: Sequence[AllocationRow], definition: ProtocolDefinition) -> int | None:
    """Numbers after the planned ones, in the order in which replacements came."""
    return None if slot is None else definition.cohorts[-1].last_slot + _replaced(known) + 1


def _replaced(known: Sequence[AllocationRow]) -> int:
    return len(known) - len({row.slot for row in known})


def _ahead(given: AllocationInput, signed: EligibilityInput | None) -> tuple[str, ...]:
    """Who waits longer. Of two since the same moment, and of one since a moment not known, the other comes first."""
    if signed is None or signed.signed_at is None:
        return ()
    earliest = datetime.min.replace(tzinfo=UTC)
    others = [(row.since or earliest, row.subject) for row in given.waiting or () if row.subject != given.subject]
    return tuple(subject for since, subject in sorted(others) if since <= signed.signed_at)


def _slots(cohort: CohortPlan) -> range:
    return range(cohort.first_slot, cohort.last_slot + 1)


def _signed(given: AllocationInput) -> EligibilityInput | None:
    """The signed verdict, if it was signed by then."""
    verdict = given.eligibility
    if verdict is None or verdict.signed_at is None or verdict.signed_at > given.at:
        return None
    return verdict


def _is_eligible(signed: EligibilityInput | None) -> bool:
    return signed is not None and signed.verdict == "eligible"


def _consented(given: AllocationInput) -> bool:
    return any(
        consent.given_at is not None
        and consent.given_at <= given.at
        and (consent.withdrawn_at is None or consent.withdrawn_at > given.at)
        for consent in given.consents or ()
    )


def _is_open(given: AllocationInput, *, cohort: int) -> bool:
    return any(
        clearance.cohort == cohort
        and clearance.opened_at is not None
        and clearance.opened_at <= given.at
        and (clearance.revoked_at is None or clearance.revoked_at > given.at)
        and (clearance.valid_until is None or clearance.valid_until > given.at)
        for clearance in given.clearances or ()
    )
