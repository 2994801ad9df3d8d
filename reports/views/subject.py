"""The participant's page: where they stand, the next thing to do, and everything that happened."""

from __future__ import annotations

from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from dosing.models import Infusion
from dosing.selectors.exposure import exposure_in
from dosing.views.infusion_facts import exposure_facts
from enrollment.selectors.birth_dates import knows_birth_date
from enrollment.selectors.subjects import subject_or_404
from enrollment.views.attempt_rows import why_closed
from enrollment.views.consents import consent_items
from enrollment.views.crumbs import subject_head
from enrollment.views.eligibility import shown_signature
from followup.selectors.visits import VisitLine
from reports.selectors.subject_history import subject_history
from reports.selectors.subject_next import address, next_step
from reports.selectors.subject_page import subject_record
from reports.selectors.subject_timeline import timeline
from safety.models import AdverseEvent
from trial.edge.context import trial_of
from trial.edge.declared import requires
from trial.permissions import Permission
from trial.templatetags.look import trial_date

_DIGITS = 19


@requires(Permission.SUBJECT_VIEW)
def subject(request: HttpRequest, code: str) -> HttpResponse:
    trial = trial_of(request)
    record = subject_record(trial, code=code)
    planned = Decimal(trial.definition.regimen.dose_million_per_kg)
    step = next_step(record)
    needed = trial.check(step.permission, site=record.subject.site).reasons if step.permission else ()
    context = subject_head(trial, record.subject, here="subject") | {
        "step": step,
        "step_reasons": needed,
        "timeline": timeline(record),
        "visits": [_visit(line) for line in record.visits if line.visit.state != "CANCELLED"],
        "infusions": [_infusion(infusion) for infusion in record.infusions],
        "exposure": exposure_facts(exposure_in(record.infusions, planned=planned)) if record.infusions else [],
        "events": [_event(event) for event in record.events],
        "signature": shown_signature(record.snapshot.signature, is_valid=bool(record.intact))
        if record.snapshot
        else None,
        "consents": consent_items(record.consents),
        "may_record_event": trial.may(Permission.EVENT_RECORD, site=record.subject.site),
        "screening": record.screening,
        "why_closed": why_closed(record.screening),
    }
    return render(request, "reports/subject.html", context)


@requires(Permission.HISTORY_VIEW)
def subject_changes(request: HttpRequest, code: str) -> HttpResponse:
    """Every change of every row of this participant, the latest first."""
    trial = trial_of(request)
    shown = subject_or_404(trial, code=code)
    context = subject_head(trial, shown, here="subject-history", label=_("Changes")) | {
        "page": subject_history(
            shown, before=_row_id(request.GET.get("before", "")), whole=knows_birth_date(trial, shown)
        )
    }
    return render(request, "reports/subject_history.html", context)


def _visit(line: VisitLine) -> dict[str, object]:
    visit = line.visit
    answers = {"none": _("no adverse event"), "yes": _("adverse events")}
    return {
        "code": visit.code,
        "url": address("visit", visit.pk),
        "state": line.status.value,
        "nominal_on": visit.nominal_on,
        "window": _window(line),
        "done_at": visit.done_at,
        "days_off": line.days_off,
        "answer": answers.get(visit.adverse_events_asked, ""),
        "merged_with": visit.merged_with,
    }


def _window(line: VisitLine) -> str:
    """First and last day at the site; a window of one day names it once."""
    visit, zone = line.visit, line.visit.subject.site.timezone
    days = [trial_date(at, zone) for at in (visit.opens_at, visit.closes_at) if at is not None]
    return " – ".join(dict.fromkeys(days))


def _infusion(infusion: Infusion) -> dict[str, object]:
    return {
        "number": infusion.number,
        "url": address("infusion", infusion.pk),
        "state": infusion.state,
        "planned_on": infusion.planned_on,
        "started_at": infusion.started_at,
        "ended_at": infusion.ended_at,
        "unit": str(infusion.unit) if infusion.unit else None,
        "given": infusion.given_million_per_kg,
        "performed_by": infusion.performed_by.printed_name if infusion.performed_by else None,
    }


def _event(event: AdverseEvent) -> dict[str, object]:
    """``worst`` only where it is not the present grade."""
    grade, worst = getattr(event, "grade", None), getattr(event, "worst", None)
    return {
        "number": event.number,
        "url": address("event", event.pk),
        "term": event.ctcae_term or event.reported_term,
        "grade": grade,
        "worst": worst if worst != grade else None,
        "onset": event.onset[:10],
        "serious": event.serious,
        "relationship": event.relationship.replace("_", " "),
        "outcome": event.outcome.replace("_", " "),
        "is_void": event.voided_at is not None,
    }


def _row_id(text: str) -> int | None:
    """A number as PostgreSQL knows them; anything else begins with the latest."""
    return int(text) if text.isdecimal() and len(text) < _DIGITS else None
