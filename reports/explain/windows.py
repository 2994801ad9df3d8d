"""Explain the visits of a participant and their windows."""

from __future__ import annotations

from followup.rules.windows import PlannedVisit, plan_visits
from trial.documents.parsing import Day, InputModel, InstantOrDay, Whole, parse
from trial.documents.problems import InputProblems
from trial.protocol.schema import CohortPlan, ProtocolDefinition

KEYS_HELP = """\
explain windows: the visits of a participant in the order of the protocol, with nominal day and window

in:
  cohort      the number of the cohort (dose level)
  consent_on  date of consent, or null
  infusions   for each infusion in order the time it began, its date, or null where it was not given yet

out:
  visits      [{code, nominal_on, opens_on, closes_on, merged_with}]

Dates are whole days of the site, both ends inside the window. An infusion not yet given is planned at the interval of
the protocol after the one before. What hangs on a day that is not known is null. Day 1 counts hours from the start of
the infusion: with only its date it is the whole next day. Screening without an opening: consent came too late.
Early termination and unscheduled visits have no planned day and are not listed.
"""


class WindowsInput(InputModel):
    cohort: Whole
    consent_on: Day | None = None
    infusions: tuple[InstantOrDay | None, ...] | None = None


def explain(document: object, definition: ProtocolDefinition) -> dict[str, object]:
    """The windows of the document's participant under ``definition``. Raises InputProblems."""
    given = parse(WindowsInput, document, definition=definition)
    try:
        visits = plan_visits(
            schedule=definition.schedule,
            cohort=_cohort(given.cohort, definition),
            regimen=definition.regimen,
            timezone=definition.timezone,
            consent_on=given.consent_on,
            infusions=given.infusions or (),
        )
    except ValueError as error:
        raise InputProblems.single("infusions", str(error)) from error
    return {"visits": [_row(visit) for visit in visits]}


def _cohort(number: int, definition: ProtocolDefinition) -> CohortPlan:
    numbers = [cohort.number for cohort in definition.cohorts]
    if number not in numbers:
        raise InputProblems.single("cohort", f"must be one of {', '.join(map(str, numbers))}")
    return definition.cohort(number)


def _row(visit: PlannedVisit) -> dict[str, object]:
    return {
        "code": visit.code,
        "nominal_on": visit.nominal_on,
        "opens_on": visit.opens_on,
        "closes_on": visit.closes_on,
        "merged_with": visit.merged_with,
    }
