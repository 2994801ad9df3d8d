"""Days of screening that lie ahead: what was measured, begun or born cannot be of a day that has not come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from enrollment.rules.records_document import ScreeningInput
from trial.documents.problems import Problem
from trial.rules.partial_dates import PartialDate

HAPPENED = (
    "birth_date",
    "last_menses_on",
    "overlap_started_on",
    "pathway_b_overlap_started_on",
    "pft_reference_on",
    "pft_current_on",
    "ct_reference_on",
    "ct_current_on",
    "symptom_onset_on",
    "pregnancy_test.collected_on",
    "liver_tests_on",
    "creatinine.collected_on",
    "hiv_on",
)
"""Facts that name a day which is over. What is planned (an infusion, an end of treatment) may lie ahead."""


def dates_ahead(given: ScreeningInput, *, on: date) -> Iterator[Problem]:
    """One problem per day that is certainly later than ``on``, the site's day; that day itself is not ahead.

    A date known to the year or month is ahead only if the first day that it can be is. Source: Protocol, screening.
    """
    for key in HAPPENED:
        value: object = given
        for name in key.split("."):
            value = getattr(value, name, None)
        earliest = value.earliest if isinstance(value, PartialDate) else value
        if isinstance(earliest, date) and earliest > on:
            yield Problem(key, f"{value} has not come yet: it is {on} at the site")
