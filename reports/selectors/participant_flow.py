"""How many participants are where, as of now: the figure counts whom its reader may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, F, OuterRef
from django.db.models.fields.json import KeyTextTransform

from enrollment.models import Screening
from enrollment.rules.eligibility import Criterion
from enrollment.rules.states import SubjectState
from enrollment.selectors.subjects import visible, visible_subjects
from enrollment.selectors.waiting import waiting_list
from reports.rules.participant_flow import CohortFlow, Ending, FailedFor, Participant, ScreeningFlow, Standing
from reports.selectors.gates import assessments_of
from safety.rules import evaluability
from safety.rules.finding import Weight
from safety.selectors.gate import Assessment
from safety.selectors.gate_rows import SubjectRows
from trial.edge.context import TrialContext
from trial.models import Site

_ENDED = frozenset({SubjectState.WITHDRAWN, SubjectState.DIED})
_ORDER = {criterion.value: place for place, criterion in enumerate(Criterion)}
_STANDING = {
    evaluability.Standing.EVALUABLE: Standing.EVALUABLE,
    evaluability.Standing.PENDING: Standing.PENDING,
    evaluability.Standing.NOT_EVALUABLE: Standing.NOT_EVALUABLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantFlow:
    """``sites``: codes of the sites whose participants are counted; empty: of all sites. Caps are the study's."""

    at: datetime
    sites: tuple[str, ...]
    target: int
    screening: ScreeningFlow
    cohorts: tuple[CohortFlow, ...]


def participant_flow(trial: TrialContext) -> ParticipantFlow:
    """The number of queries depends on the number of cohorts alone."""
    sites = trial.access.sites(at=trial.at)
    gates = assessments_of(trial.study, at=trial.at)
    return ParticipantFlow(
        at=trial.at,
        sites=()
        if sites is None
        else tuple(Site.objects.filter(pk__in=sites).order_by("code").values_list("code", flat=True)),
        target=trial.definition.study.target_enrolment,
        screening=_screening(trial, sites=sites),
        cohorts=tuple(_cohort(gate, sites=sites) for gate in gates),
    )


def _screening(trial: TrialContext, *, sites: frozenset[int] | None) -> ScreeningFlow:
    subjects = visible_subjects(trial).select_related(None).order_by()
    counted = subjects.values_list("state").annotate(all=Count("pk"), allocated=Count("allocation"))
    without_slot: dict[str, int] = {}
    allocated = 0
    for state, number, with_slot in counted.values_list("state", "all", "allocated"):
        without_slot[state] = number - with_slot
        allocated += with_slot
    waiting = sum(sites is None or each.subject.site_id in sites for each in waiting_list(trial.study))
    eligible = without_slot.get(SubjectState.ELIGIBLE, 0)
    return ScreeningFlow(
        participants=sum(without_slot.values()) + allocated,
        attempts=Screening.objects.filter(visible(trial, subject="subject__")).count(),
        failed_for=_failed_for(trial),
        left=sum(without_slot.get(state, 0) for state in _ENDED),
        # Who was found eligible under another protocol version is signed again before they wait.
        in_screening=without_slot.get(SubjectState.SCREENING, 0) + eligible - waiting,
        waiting=waiting,
        allocated=allocated,
    )


def _failed_for(trial: TrialContext) -> tuple[FailedFor, ...]:
    """Those whose last screening failed, by its first failing criterion in the order of the protocol."""
    later = Screening.objects.filter(subject=OuterRef("subject"), attempt__gt=OuterRef("attempt"))
    failed = Screening.objects.filter(
        visible(trial, subject="subject__"), ~Exists(later), subject__state=SubjectState.SCREEN_FAILED
    )
    codes = failed.order_by().annotate(code=KeyTextTransform("0", "failure_codes")).values_list("code")
    rows = codes.annotate(number=Count(F("subject"))).values_list("code", "number")
    found = [FailedFor(code or "", number) for code, number in rows]
    return tuple(sorted(found, key=lambda each: _ORDER.get(each.code, len(_ORDER))))


def _cohort(gate: Assessment, *, sites: frozenset[int] | None) -> CohortFlow:
    standing = {found.subject.number: found.evaluability.standing for found in gate.outcome.evidence.subjects}
    number = gate.rows.cohort.number
    seen = [row for row in gate.rows.subjects if sites is None or row.subject.site_id in sites]
    codes = {row.number for row in seen}
    return CohortFlow(
        number=number,
        infusions=gate.rows.plan.infusions,
        slots=gate.rows.plan.size,
        required=gate.policy.required_evaluable[number - 1],
        events=sum(item.event.subject in codes for item in gate.outcome.evidence.of_weight(Weight.COUNTS)),
        participants=tuple(
            Participant(given=len(row.started), standing=_standing(row, standing.get(row.number)), ending=_ending(row))
            for row in seen
        ),
    )


def _standing(row: SubjectRows, found: evaluability.Standing | None) -> Standing:
    """Who gave the slot back is replaced, unless an event of theirs counts: then they are evidence all the same."""
    if found is evaluability.Standing.EVALUABLE:
        return Standing.EVALUABLE
    if row.allocation.vacated_at is not None or found is None:
        return Standing.REPLACED
    return _STANDING[found]


def _ending(row: SubjectRows) -> Ending | None:
    subject = row.subject
    if subject.died_at is not None:
        return Ending.DIED
    if subject.withdrawn_on is not None:
        return Ending.WITHDRAWN
    return Ending.LOST if subject.lost_on is not None else None
