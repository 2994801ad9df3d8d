"""The next thing to do for a participant: one thing, and the page on which it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from dosing.rules.states import STARTED, InfusionState
from enrollment.rules.eligibility import Overall
from enrollment.rules.states import SubjectState
from followup.rules.visit_status import VisitStatus
from reports.selectors.subject_page import SubjectRecord
from trial.permissions import Permission
from trial.rules.site_time import site_date
from trial.templatetags.look import trial_date

Text = str | Promise


@dataclass(frozen=True, slots=True)
class NextStep:
    """``url`` None: there is nothing to press, only something to know. ``permission``: who does it."""

    label: Text
    detail: Text
    url: str | None = None
    permission: Permission | None = None


def next_step(record: SubjectRecord) -> NextStep:
    """In the order in which a participant goes through the trial; what is urgent comes before what is next."""
    found = _running(record) or _reconsent(record) or _BY_STATE.get(record.state, _afterwards)(record)
    return found or NextStep(_("Nothing to do now"), _waiting_for(record))


def _reconsent(record: SubjectRecord) -> NextStep | None:
    """Before anything else is done with the participant: what they agreed to is no longer what they are told."""
    if record.reconsent is None:
        return None
    due = record.reconsent
    words = _("Version %(version)s has to be signed. No infusion starts before.")
    if due.by is not None:
        words = _("Version %(version)s has to be signed, at the latest on %(day)s. No infusion starts before.")
    return NextStep(
        _("Obtain the consent again"),
        words % {"version": due.version, "day": trial_date(due.by)},
        address("consent", record.subject.code),
        Permission.CONSENT_RECORD,
    )


def _screening(record: SubjectRecord) -> NextStep:
    code = record.subject.code
    if not record.consented:
        return NextStep(
            _("Record the consent"),
            _("There is no signed consent in force."),
            address("consent", code),
            Permission.CONSENT_RECORD,
        )
    if record.overall is Overall.ELIGIBLE:
        detail = _("All criteria are fulfilled; the investigator's signature is missing.")
        if record.intact is False:
            detail = _("A fact changed after the signature: it is broken. Read the change and sign again.")
        return NextStep(_("Sign eligibility"), detail, address("screening-sign", code), Permission.ELIGIBILITY_SIGN)
    if record.overall is Overall.INELIGIBLE:
        return NextStep(
            _("Decide on the screening"),
            _("A criterion excludes this subject: correct a wrong value, or close the screening as failed."),
            address("screening", code),
            Permission.SCREENING_EDIT,
        )
    return NextStep(
        _("Complete the screening"),
        _("Some criteria cannot be determined yet."),
        address("screening", code),
        Permission.SCREENING_EDIT,
    )


def _eligible(record: SubjectRecord) -> NextStep:
    detail = _("Eligibility is signed; a slot is not given yet.")
    if record.waiting_place is not None:
        place, waiting = record.waiting_place
        words = _("Eligibility is signed: place %(place)s of %(all)s on the waiting list.")
        detail = words % {"place": place, "all": waiting}
    return NextStep(_("Allocate to a slot"), detail, address("allocate", record.subject.code), Permission.ALLOCATE)


def _closed(record: SubjectRecord) -> NextStep:
    detail = _("The screening is closed. Another attempt begins here, where the protocol leaves one.")
    return NextStep(_("See the attempts"), detail, address("screening-attempts", record.subject.code))


def _in_treatment(record: SubjectRecord) -> NextStep | None:
    if record.intact is False:
        return NextStep(
            _("Sign eligibility again"),
            _("A fact changed after the signature: no infusion can start until an investigator signs again."),
            address("screening-sign", record.subject.code),
            Permission.ELIGIBILITY_SIGN,
        )
    return _overdue(record) or _infusion(record) or _visit(record)


def _afterwards(record: SubjectRecord) -> NextStep | None:
    return _visit(record)


def _running(record: SubjectRecord) -> NextStep | None:
    for infusion in record.infusions:
        if infusion.state in (InfusionState.RUNNING, InfusionState.PAUSED):
            label = _("Go to infusion %(number)s") % {"number": infusion.number}
            return NextStep(label, _("It has started and not ended."), address("infusion", infusion.pk))
    return None


def _overdue(record: SubjectRecord) -> NextStep | None:
    first = next(iter(record.open_visits), None)
    return _visit(record) if first is not None and first.status is VisitStatus.OVERDUE else None


def _visit(record: SubjectRecord) -> NextStep | None:
    for line in record.open_visits:
        late = line.status is VisitStatus.OVERDUE
        closes_on = site_date(line.visit.closes_at, timezone=record.zone) if line.visit.closes_at else None
        words = _("Its window closed on %(day)s.") if late else _("Its window is open until %(day)s.")
        detail = words % {"day": trial_date(closes_on)} if closes_on else _("Its window is open.")
        label = _("Record visit %(code)s") % {"code": line.visit.code}
        return NextStep(label, detail, address("visit", line.visit.pk), Permission.VISIT_EDIT)
    return None


def _infusion(record: SubjectRecord) -> NextStep | None:
    """The infusion that is planned, else the next number of the cohort that is not planned yet."""
    waiting = [each for each in record.infusions if each.state not in STARTED | {InfusionState.NOT_GIVEN}]
    if waiting:
        label = _("Prepare infusion %(number)s") % {"number": waiting[0].number}
        detail = _("Planned for %(day)s.") % {"day": trial_date(waiting[0].planned_on)}
        return NextStep(label, detail, address("infusion", waiting[0].pk), Permission.INFUSION_PREPARE)
    if record.allocation is None or len(record.infusions) >= record.allocation.slot.cohort.infusions:
        return None
    label = _("Plan infusion %(number)s") % {"number": len(record.infusions) + 1}
    return NextStep(
        label, _("No day is set."), address("infusion-plan", record.subject.code), Permission.INFUSION_PREPARE
    )


def _waiting_for(record: SubjectRecord) -> Text:
    for line in record.visits:
        if line.status is VisitStatus.PLANNED and line.visit.nominal_on is not None:
            values = {"code": line.visit.code, "day": trial_date(line.visit.nominal_on)}
            return _("The next visit is %(code)s on %(day)s.") % values
    return _("No visit and no infusion is open.")


@lru_cache(maxsize=4096)
def address(name: str, argument: str | int) -> str | None:
    """Where a page is; None in an installation that does not have it."""
    try:
        return reverse(name, args=[argument])
    except NoReverseMatch:
        return None


_BY_STATE: dict[SubjectState, Callable[[SubjectRecord], NextStep | None]] = {
    SubjectState.SCREENING: _screening,
    SubjectState.ELIGIBLE: _eligible,
    SubjectState.SCREEN_FAILED: _closed,
    SubjectState.ALLOCATED: _in_treatment,
    SubjectState.ON_TREATMENT: _in_treatment,
}
