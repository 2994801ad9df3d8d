"""Everything that waits for one person, by what they may do: bounded in queries and in rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from reports.selectors.gates import assessments_of
from reports.selectors.work_bedside import (
    alerts_to_answer,
    infusions_to_sign_off,
    observations_to_end,
    units_to_account_for,
)
from reports.selectors.work_dosing import (
    infusions_to_give,
    infusions_to_plan,
    late_results_to_enter,
    lots_to_release,
    quarantines_to_decide,
    recipients_to_follow_up,
    units_to_issue,
)
from reports.selectors.work_items import WorkGroup, WorkItem
from reports.selectors.work_quality import decisions_to_read, deviations_to_classify
from reports.selectors.work_safety import (
    endorsements_missing,
    events_to_assess,
    holds_to_decide,
    reviews_to_convene,
    votes_to_cast,
)
from reports.selectors.work_setting_up import sites_to_activate, trainings_to_renew
from reports.selectors.work_subjects import (
    consents_to_obtain_again,
    consents_to_record,
    eligibility_to_confirm,
    interviews_to_hold,
    screenings_to_complete,
    subjects_to_allocate,
    visits_to_record,
)
from safety.selectors.gate import Assessment
from trial.edge.context import TrialContext
from trial.permissions import Permission
from trial.rules.decision import Reason
from trial.rules.site_time import site_date

_P = Permission
_Source = Callable[[TrialContext, date], Iterable[WorkItem]]
_GateSource = Callable[[TrialContext, date, Sequence[Assessment]], Iterable[WorkItem]]

SOURCES: Sequence[tuple[Permission, _Source]] = (
    (_P.CONSENT_RECORD, consents_to_record),
    (_P.CONSENT_RECORD, consents_to_obtain_again),
    (_P.SCREENING_EDIT, screenings_to_complete),
    (_P.INTERVIEW_SIGN, interviews_to_hold),
    (_P.ELIGIBILITY_SIGN, eligibility_to_confirm),
    (_P.ALLOCATE, subjects_to_allocate),
    (_P.VISIT_EDIT, visits_to_record),
    (_P.INFUSION_PREPARE, infusions_to_plan),
    (_P.INFUSION_ADMINISTER, infusions_to_give),
    (_P.INFUSION_ADMINISTER, alerts_to_answer),
    (_P.INFUSION_ADMINISTER, observations_to_end),
    (_P.INTER_INFUSION_SIGN, infusions_to_sign_off),
    (_P.PRODUCT_HANDLE, units_to_issue),
    (_P.PRODUCT_HANDLE, units_to_account_for),
    (_P.PRODUCT_HANDLE, late_results_to_enter),
    (_P.PRODUCT_RELEASE, lots_to_release),
    (_P.PRODUCT_RELEASE, quarantines_to_decide),
    (_P.EVENT_ASSESS, recipients_to_follow_up),
    (_P.EVENT_ASSESS, events_to_assess),
    (_P.HOLD_LIFT, holds_to_decide),
    (_P.PEOPLE_MANAGE, sites_to_activate),
    (_P.DELEGATION_SIGN, trainings_to_renew),
    (_P.DEVIATION_CLASSIFY, deviations_to_classify),
    (_P.DECISION_READ, decisions_to_read),
)
GATE_SOURCES: Sequence[tuple[Permission, _GateSource]] = (
    (_P.ENDORSE, endorsements_missing),
    (_P.GATE_CONVENE, reviews_to_convene),
    (_P.GATE_VOTE, votes_to_cast),
)


@dataclass(frozen=True, slots=True)
class Work:
    """``items`` in the order of urgency. ``lapsed``: tasks that this person's training no longer covers."""

    items: tuple[WorkItem, ...]
    lapsed: tuple[Reason, ...]

    def of(self, group: WorkGroup) -> tuple[WorkItem, ...]:
        return tuple(item for item in self.items if item.group is group)


def work_of(trial: TrialContext, *, gates: Sequence[Assessment] | None = None) -> Work:
    """``gates``: where the page has them already. The number of queries does not depend on the number of rows."""
    today = site_date(trial.at, timezone=trial.access.timezone)
    items = [item for permission, source in SOURCES if trial.may(permission) for item in source(trial, today)]
    items += _gate_items(trial, today, gates=gates)
    return Work(items=tuple(sorted(items, key=lambda item: item.order)), lapsed=tuple(_lapsed(trial)))


def _gate_items(trial: TrialContext, today: date, *, gates: Sequence[Assessment] | None) -> Iterator[WorkItem]:
    sources = [source for permission, source in GATE_SOURCES if trial.may(permission)]
    if not sources:
        return
    assessed = assessments_of(trial.study, at=trial.at) if gates is None else gates
    for source in sources:
        yield from source(trial, today, assessed)


def _lapsed(trial: TrialContext) -> Iterator[Reason]:
    """Each task once, however many permissions hang on it."""
    permissions = [permission for permission, _source in SOURCES] + [permission for permission, _source in GATE_SOURCES]
    told: set[str] = set()
    for permission in permissions:
        for reason in trial.check(permission).reasons:
            if reason.code == "PER-TRAINING" and reason.message not in told:
                told.add(reason.message)
                yield reason
