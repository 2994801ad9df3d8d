"""Reading what somebody entered at screening, strictly, into the form in which it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from enrollment.rules.contract_facts import contradictions, storable, value_at, with_treatment
from enrollment.rules.criteria_sets import classifies
from enrollment.rules.dates_ahead import dates_ahead
from enrollment.rules.facts import ScreeningFacts
from enrollment.rules.facts_document import EligibilityInput
from enrollment.rules.plausibility import KIND_OF
from enrollment.rules.records_document import ScreeningInput, TreatedInput
from enrollment.rules.treatment_records import record_problems
from trial.documents.parsing import parse
from trial.documents.problems import InputProblems, Problem
from trial.protocol.schema import EligibilityParameters, ProtocolDefinition


def read_entry(document: object, *, definition: ProtocolDefinition) -> ScreeningInput:
    """The shape alone, of what is kept already."""
    return parse(ScreeningInput, document, definition=definition)


def stored_facts(document: object, *, definition: ProtocolDefinition, on: date | None = None) -> dict[str, Any]:
    """A document as it is kept: checked, without what is not known, decimals as strings, so that none is ever read back
    as a float. ``on``: the site's day, on which what happened has come, and typed facts do not contradict the records.
    Raises ``InputProblems``.
    """
    given = read_entry(document, definition=definition)
    problems = [
        *_treatment_problems(given, definition.eligibility),
        *_criteria_set_problems(given),
        *_confirmation_problems(given),
    ]
    if on is not None:
        problems.extend(dates_ahead(given, on=on))
    if not problems and on is not None:
        problems = list(contradictions(given, on=on, parameters=definition.eligibility))
    if problems:
        raise InputProblems(problems)
    kept = storable(given)
    # A confirmation of a value that is another one now says nothing any more.
    valid = {key: f"{value:f}" for key, value in (given.confirmed or {}).items() if value_at(given, key) == value}
    kept.pop("confirmed", None)
    if valid:
        kept["confirmed"] = valid
    return kept


def explained_facts(document: object, *, definition: ProtocolDefinition) -> ScreeningFacts:
    """The facts of an outside document, which may bring treatment records. Raises ``InputProblems``."""
    given = parse(TreatedInput, document, definition=definition)
    problems = list(_treatment_problems(given, definition.eligibility))
    if not problems:
        problems = list(contradictions(given, on=given.evaluated_on, parameters=definition.eligibility))
    if problems:
        raise InputProblems(problems)
    plain = with_treatment(given, parameters=definition.eligibility)
    return parse(EligibilityInput, plain, definition=definition).facts()


def _treatment_problems(given: TreatedInput, parameters: EligibilityParameters) -> Iterator[Problem]:
    for index, record in enumerate(given.records):
        for part, text in record_problems(record, parameters=parameters):
            yield Problem(f"treatments[{index}].{part}", text)


def _criteria_set_problems(given: ScreeningInput) -> Iterator[Problem]:
    for index, row in enumerate(given.ctd or ()):
        if row.criteria_set is not None and not classifies(row.criteria_set, row.diagnosis):
            yield Problem(f"ctd[{index}].criteria_set", f"does not classify {row.diagnosis}")


def _confirmation_problems(given: ScreeningInput) -> Iterator[Problem]:
    for key in given.confirmed or {}:
        if key not in KIND_OF:
            yield Problem("confirmed", f"{key} is no value that is confirmed")
