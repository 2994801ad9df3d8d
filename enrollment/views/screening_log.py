"""The screening and enrolment log: a page, and the file of all its lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment.filters import ScreeningLogFilter, choose_site
from enrollment.rules.states import ConsentStatus
from enrollment.selectors.screening_log import ORDER, LogLine, log_lines, log_page, log_rows
from enrollment.selectors.subjects import sites_of
from enrollment.views.attempt_rows import attempt_address, criteria_words, not_continued_words
from enrollment.views.listing import CHUNK, csv_file, place_in
from enrollment.views.rows import slot_text
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import requires
from trial.permissions import Permission
from trial.rules.site_time import site_date
from trial.templatetags.look import trial_date

_EXPORTED = (
    "screening_number",
    "subject",
    "attempt",
    "site",
    "begun_on",
    "rescreened_because",
    "consent",
    "consent_on",
    "outcome",
    "first_failing",
    "first_failing_words",
    "all_failing",
    "all_failing_words",
    "not_continued",
    "note",
    "closed_on",
    "closed_by",
    "cohort",
    "slot",
    "subject_number",
    "eligible_on",
    "eligible_by",
)


@requires(Permission.SUBJECT_VIEW)
def screening_log(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    filters = _filters(request, trial)
    page = log_page(filters.qs, place=place_in(request))
    context = {
        "form": filters.form,
        "page": page,
        "is_filtered": any(filters.form.data.get(name) for name in filters.form.fields),
        "narrowed": list(_narrowed(filters)),
        "table": {
            "caption": _("Screening and enrolment log"),
            "caption_hidden": True,
            "columns": [{"label": label} for label in _labels()],
            "rows": [{"cells": _cells(line)} for line in log_lines(page.rows)],
        },
        "may_export": trial.may(Permission.REPORT_DOWNLOAD),
        "breadcrumbs": [{"label": _("Screening log")}],
    }
    return render(request, "enrollment/screening_log.html", context)


@requires(Permission.REPORT_DOWNLOAD)
def screening_log_export(request: HttpRequest) -> StreamingHttpResponse:
    """Every line of the log as it is narrowed on the screen, not of one page of it only."""
    trial = trial_of(request)
    rows = _filters(request, trial).qs.order_by(*ORDER).iterator(chunk_size=CHUNK)
    return csv_file(trial, name="screening-log", head=_EXPORTED, rows=_exported(log_lines(rows)))


def _filters(request: HttpRequest, trial: TrialContext) -> ScreeningLogFilter:
    filters = ScreeningLogFilter(request.GET, queryset=log_rows(trial), request=request)
    choose_site(filters, sites=list(sites_of(trial, permission=Permission.SUBJECT_VIEW)))
    return filters


def _narrowed(filters: ScreeningLogFilter) -> Iterator[str]:
    """What the log was narrowed to, for the paper on which no filter stands."""
    for name, field in filters.form.fields.items():
        if value := filters.form.data.get(name):
            words = dict(getattr(field, "choices", ()))
            yield f"{field.label}: {words.get(value, value)}"


def _labels() -> tuple[str, ...]:
    return (
        _("Number"),
        _("Subject"),
        _("Site"),
        _("Begun"),
        _("Consent"),
        _("Outcome"),
        _("First and all failing criteria"),
        _("Signed or closed by"),
    )


def _cells(line: LogLine) -> list[dict[str, Any]]:
    screening, subject = line.screening, line.subject
    attempt = _("attempt %(number)s") % {"number": screening.attempt} if screening.attempt > 1 else ""
    codes = screening.failure_codes
    every = _("All: %(criteria)s") % {"criteria": criteria_words(codes)} if len(codes) > 1 else ""
    return [
        {"value": screening.screening_number, "url": attempt_address(screening, subject), "note": attempt},
        {"value": subject.code, "url": reverse("subject", args=[subject.code]), "whole": True},
        {"value": subject.site.code},
        {"value": trial_date(screening.started_at, line.zone), "whole": True},
        {
            "value": trial_date(line.consent_at, line.zone),
            "note": _("refused") if line.consent == ConsentStatus.REFUSED else "",
            "whole": True,
        },
        {"state": line.outcome, "note": ". ".join(_outcome_words(line))},
        {"value": criteria_words(codes[:1]) or None, "note": every},
        _signed_cell(line),
    ]


def _outcome_words(line: LogLine) -> Iterator[str]:
    """The slot, why a screening was not continued, and why the attempt was made at all."""
    if found := slot_text(line.allocation) or not_continued_words(line.failure):
        yield found
    if line.screening.rescreened_because:
        yield _("Screened again: %(reason)s") % {"reason": line.screening.rescreened_because}


def _signed_cell(line: LogLine) -> dict[str, Any]:
    """Who closed a closed attempt, else who signed the verdict; with the day."""
    if line.screening.failed_at is not None:
        by = line.failure.recorded_by.printed_name if line.failure else None
        return {"value": by, "note": trial_date(line.screening.failed_at, line.zone)}
    if line.signed_at is not None:
        return {"value": line.signed_by, "note": trial_date(line.signed_at, line.zone)}
    return {"value": None}


def _exported(lines: Iterable[LogLine]) -> Iterator[Sequence[object]]:
    for line in lines:
        screening, failure, allocation = line.screening, line.failure, line.allocation
        codes = screening.failure_codes
        yield [
            screening.screening_number,
            line.subject.code,
            screening.attempt,
            line.subject.site.code,
            _day(screening.started_at, line),
            screening.rescreened_because,
            line.consent,
            _day(line.consent_at, line),
            line.outcome.value,
            next(iter(codes), ""),
            criteria_words(codes[:1]),
            " ".join(codes),
            criteria_words(codes),
            failure.not_continued if failure else "",
            failure.note if failure else "",
            _day(screening.failed_at, line),
            failure.recorded_by.printed_name if failure else "",
            allocation.slot.cohort.number if allocation else "",
            allocation.slot.label if allocation else "",
            allocation.subject_number if allocation else "",
            _day(line.signed_at, line),
            line.signed_by,
        ]


def _day(at: datetime | None, line: LogLine) -> str:
    return "" if at is None else site_date(at, timezone=line.zone).isoformat()
