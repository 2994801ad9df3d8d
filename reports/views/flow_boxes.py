"""The participant flow in words: the boxes of its figure, and the same numbers as rows of tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enrollment.rules.eligibility import Criterion
from enrollment.rules.screening_log import AttemptOutcome
from enrollment.rules.states import SubjectState
from enrollment.views.attempt_rows import criteria_words
from reports import addresses
from reports.rules.flow_figure import FlowBox, FlowFigure, FlowRow, flow_figure
from reports.rules.participant_flow import CohortFlow, Ending, FailedFor, Standing
from reports.selectors.participant_flow import ParticipantFlow


@dataclass(frozen=True, slots=True)
class Measure:
    """A line of the table by dose level: its words, and the number of one dose level."""

    label: str
    number: Callable[[CohortFlow], int]


def figure_of(flow: ParticipantFlow) -> FlowFigure:
    screened, left, on_the_way = screening_boxes(flow)
    allocated = sum(cohort.allocated for cohort in flow.cohorts)
    dosed = sum(cohort.dosed for cohort in flow.cohorts)
    enrolled = FlowBox(
        _("Enrolled"),
        (
            FlowRow(_("Allocated to a slot"), str(allocated), addresses.subjects()),
            FlowRow(_("planned by the protocol"), str(flow.target), is_part=True),
            FlowRow(_("Dosed"), str(dosed)),
        ),
    )
    return flow_figure(
        top=screened,
        aside=(left, on_the_way),
        enrolled=enrolled,
        columns=[cohort_boxes(cohort) for cohort in flow.cohorts],
    )


def screening_boxes(flow: ParticipantFlow) -> tuple[FlowBox, FlowBox, FlowBox]:
    """Screened; not enrolled; on the way."""
    screening = flow.screening
    return (
        FlowBox(
            _("Screened"),
            (
                FlowRow(_("Participants"), str(screening.participants), addresses.subjects()),
                FlowRow(
                    _("screenings, repeated ones included"),
                    str(screening.attempts),
                    addresses.screenings(),
                    is_part=True,
                ),
            ),
        ),
        FlowBox(
            _("Not enrolled"),
            (
                FlowRow(
                    _("Failed screening"),
                    str(screening.failed),
                    addresses.subjects(state=SubjectState.SCREEN_FAILED.value),
                ),
                *(
                    FlowRow(failure_words(each), str(each.participants), _closed_as(each), is_part=True)
                    for each in screening.failed_for
                ),
                FlowRow(_("Withdrew or died before a slot"), str(screening.left)),
            ),
        ),
        FlowBox(
            _("On the way"),
            (
                FlowRow(
                    _("In screening"),
                    str(screening.in_screening),
                    addresses.subjects(state=SubjectState.SCREENING.value),
                ),
                FlowRow(_("Eligible, waiting for a slot"), str(screening.waiting), addresses.waiting()),
            ),
        ),
    )


def failure_words(failed: FailedFor) -> str:
    """The first failing criterion with its code, as in the screening log."""
    return criteria_words([failed.code]) if failed.code else _("not continued")


def _closed_as(failed: FailedFor) -> str:
    """The lines of the screening log among which these are."""
    if not failed.code:
        return addresses.screenings(outcome=AttemptOutcome.NOT_CONTINUED.value)
    is_refusal = failed.code == Criterion.X1
    outcome = AttemptOutcome.NOT_CONSENTED if is_refusal else AttemptOutcome.SCREEN_FAILED
    return addresses.screenings(outcome=outcome.value)


def cohort_boxes(cohort: CohortFlow) -> tuple[FlowBox, ...]:
    gate = addresses.gate(cohort.number)
    subjects = f"{gate}#subjects"
    of = _("%(number)s of %(all)s")
    return (
        FlowBox(
            ngettext("Cohort %(n)s: %(infusions)s infusion", "Cohort %(n)s: %(infusions)s infusions", cohort.infusions)
            % {"n": cohort.number, "infusions": cohort.infusions},
            (
                FlowRow(_("Allocated"), str(cohort.allocated), subjects),
                FlowRow(_("slots planned"), str(cohort.slots), is_part=True),
            ),
        ),
        FlowBox(
            _("Treatment"),
            (
                FlowRow(_("Dosed"), of % {"number": cohort.dosed, "all": cohort.allocated}, subjects),
                FlowRow(
                    _("Infusions given"),
                    of % {"number": cohort.infusions_given, "all": cohort.infusions_planned},
                    subjects,
                ),
            ),
        ),
        FlowBox(
            _("Follow-up"),
            (
                *(FlowRow(words, str(cohort.ended(ending)), subjects) for ending, words in ending_words().items()),
                FlowRow(_("Replaced"), str(cohort.standing(Standing.REPLACED)), f"{gate}#replacement"),
            ),
        ),
        FlowBox(
            _("Evidence"),
            (
                FlowRow(
                    _("Evaluable"),
                    of % {"number": cohort.standing(Standing.EVALUABLE), "all": cohort.required},
                    subjects,
                ),
                FlowRow(_("still observed"), str(cohort.standing(Standing.PENDING)), subjects, is_part=True),
                FlowRow(_("not evaluable"), str(cohort.standing(Standing.NOT_EVALUABLE)), subjects, is_part=True),
                FlowRow(_("Events that count"), str(cohort.events), f"{gate}#events"),
            ),
        ),
    )


def ending_words() -> dict[Ending, str]:
    return {Ending.WITHDRAWN: _("Withdrawn"), Ending.LOST: _("Lost to follow-up"), Ending.DIED: _("Died")}


def measures() -> tuple[Measure, ...]:
    """What the figure shows of each dose level, as lines of a table."""
    endings = [
        Measure(words, lambda cohort, ending=ending: cohort.ended(ending))  # type: ignore[misc]  # bound now
        for ending, words in ending_words().items()
    ]
    return (
        Measure(_("Slots planned"), lambda cohort: cohort.slots),
        Measure(_("Allocated"), lambda cohort: cohort.allocated),
        Measure(_("Dosed"), lambda cohort: cohort.dosed),
        Measure(_("Infusions given"), lambda cohort: cohort.infusions_given),
        Measure(_("Infusions planned for those allocated"), lambda cohort: cohort.infusions_planned),
        *endings,
        Measure(_("Replaced"), lambda cohort: cohort.standing(Standing.REPLACED)),
        Measure(_("Evaluable"), lambda cohort: cohort.standing(Standing.EVALUABLE)),
        Measure(_("Evaluable required"), lambda cohort: cohort.required),
        Measure(_("Still observed"), lambda cohort: cohort.standing(Standing.PENDING)),
        Measure(_("Not evaluable"), lambda cohort: cohort.standing(Standing.NOT_EVALUABLE)),
        Measure(_("Events that count"), lambda cohort: cohort.events),
    )
