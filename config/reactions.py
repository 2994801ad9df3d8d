"""Who reacts to what, in order, in the same transaction; and what happens when something falls due.

This is the only place where an event of a lower app meets the apps above it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dosing.events import InfusionEnded, InfusionStarted, ReleaseTestFailed
from dosing.services import follow_ups, late_results, missed, series
from enrollment.events import (
    ConsentGiven,
    ScreeningFailed,
    SlotVacated,
    SubjectAllocated,
    SubjectFound,
    SubjectLost,
    SubjectRescreened,
    SubjectWithdrawn,
)
from enrollment.services import reconsent, waiting_notices
from followup.events import ContactRecorded, ContactVoided
from followup.services import visit_notices, visit_plans
from safety.services import due_reviews, late_tests, opening, withdrawals
from trial import events
from trial.services import readings
from trial.study_events import CohortOpened, SiteActivated

REACTIONS: Mapping[type, Sequence[Callable[[Any], None]]] = {
    SiteActivated: (opening.open_first_cohort,),
    CohortOpened: (waiting_notices.tell_after_opening, readings.ask_to_read),
    ConsentGiven: (visit_plans.plan_after_consent,),
    SubjectAllocated: (visit_plans.plan_after_allocation,),
    SlotVacated: (waiting_notices.tell_after_vacating,),
    InfusionStarted: (
        visit_plans.plan_after_infusion,
        due_reviews.plan_after_infusion,
        follow_ups.open_after_start,
    ),
    InfusionEnded: (withdrawals.recheck_after_infusion,),
    ScreeningFailed: (visit_plans.cancel_after_screen_failure,),
    SubjectRescreened: (visit_plans.plan_after_rescreening,),
    ReleaseTestFailed: (late_tests.hold_recipients,),
    SubjectWithdrawn: (visit_plans.cancel_after_withdrawal, withdrawals.recheck_after_leaving),
    SubjectLost: (withdrawals.recheck_after_leaving,),
    SubjectFound: (withdrawals.recheck_after_leaving,),
    ContactRecorded: (withdrawals.recheck_after_contact,),
    ContactVoided: (withdrawals.recheck_after_contact,),
}

DUE: Mapping[str, Callable[..., None]] = {
    visit_plans.REMINDER: visit_notices.remind,
    visit_plans.OVERDUE: visit_notices.notify_overdue,
    due_reviews.KIND: due_reviews.announce,
    reconsent.REMINDER: reconsent.remind,
    late_results.KIND: late_results.tell_missed,
    series.OVER: series.report_missing,
    missed.MISSED: missed.report_missed,
}


def connect() -> None:
    events.connect(REACTIONS)
