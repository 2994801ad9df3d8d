"""Storage temperatures: logger files and excursions, the import of a file, an excursion by hand, its end."""

from __future__ import annotations

from base64 import b64encode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from dosing.forms.temperatures import EndExcursionForm, ExcursionForm, LoggerForm
from dosing.models import TemperatureExcursion, TemperatureLog
from dosing.rules.temperatures import limit_of, limit_words
from dosing.selectors.custody import excursion_or_404, visible_excursions, visible_logs
from dosing.services import temperatures
from dosing.services.temperatures import ImportPreview, LoggerUpload
from dosing.views.answering import done
from dosing.views.product_head import product_head
from trial.edge.acting import Outcome, attempt
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import requires
from trial.permissions import Permission
from trial.rules.site_time import from_wall_clock
from trial.templatetags.look import quantity, trial_time

_PAGE_SIZE = 25
# The preview shows the first of them; all are imported.
_SHOWN_EXCURSIONS = 20


@requires(Permission.PRODUCT_VIEW)
def temperature_list(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    excursions = Paginator(visible_excursions(trial), _PAGE_SIZE).get_page(request.GET.get("page"))
    logs = list(visible_logs(trial)[:_PAGE_SIZE])
    context = {
        "excursions": _excursion_table(excursions, trial),
        "logs": _log_table(logs, trial),
        "handling": trial.check(Permission.PRODUCT_HANDLE),
        **product_head(here="temperature-list"),
    }
    return render(request, "dosing/temperature_list.html", context)


def _excursion_table(page: object, trial: TrialContext) -> dict[str, object]:
    zone = trial.access.timezone
    return {
        "caption": _("Excursions"),
        "caption_hidden": True,
        "columns": [
            {"label": _("Place")},
            {"label": _("From")},
            {"label": _("Until")},
            {"label": _("Furthest from the limits"), "numeric": True},
            {"label": _("Known from")},
        ],
        "rows": [_excursion_row(excursion, zone=zone) for excursion in page],  # type: ignore[attr-defined]  # a page
        "page": page,
        "empty": {
            "title": _("No excursion"),
            "text": _("A logger file with a reading outside its limits, or a person, tells of one."),
        },
    }


def _excursion_row(excursion: TemperatureExcursion, *, zone: str) -> dict[str, object]:
    ended: dict[str, object] = {"value": trial_time(excursion.ended_at, zone), "when": True}
    if excursion.ended_at is None:
        ended = {"value": _("goes on: enter its end"), "url": reverse("excursion-end", args=[excursion.pk])}
    known = excursion.log.file_name if excursion.log else excursion.recorded_by.printed_name
    return {
        "cells": [
            {"value": excursion.place or _("with one unit"), "note": excursion.limit_code},
            {"value": trial_time(excursion.began_at, zone), "when": True},
            ended,
            {"value": quantity(excursion.worst_celsius, "°C"), "numeric": True},
            {"value": known, "note": excursion.note},
        ],
        "tone": "stop" if excursion.ended_at is None else "",
    }


def _log_table(logs: list[TemperatureLog], trial: TrialContext) -> dict[str, object]:
    zone = trial.access.timezone
    return {
        "caption": _("Logger files, the latest"),
        "caption_hidden": True,
        "columns": [
            {"label": _("File")},
            {"label": _("Place")},
            {"label": _("From")},
            {"label": _("Until")},
            {"label": _("Readings"), "numeric": True},
            {"label": _("Lowest"), "numeric": True},
            {"label": _("Highest"), "numeric": True},
        ],
        "rows": [
            {
                "cells": [
                    {"value": log.file_name, "note": f"SHA-256 {log.sha256[:16]}…"},
                    {"value": log.place, "note": log.limit_code},
                    {"value": trial_time(log.first_at, zone), "when": True},
                    {"value": trial_time(log.last_at, zone), "note": log.imported_by.printed_name, "when": True},
                    {"value": quantity(log.readings), "numeric": True},
                    {"value": quantity(log.lowest_celsius, "°C"), "numeric": True},
                    {"value": quantity(log.highest_celsius, "°C"), "numeric": True},
                ]
            }
            for log in logs
        ],
        "empty": {"title": _("No logger file yet"), "text": _("The pharmacy imports the file of each logger.")},
    }


@requires(Permission.PRODUCT_HANDLE)
def temperature_import(request: HttpRequest) -> HttpResponse:
    """First the file is read and shown; only the second press, on what was shown, writes."""
    trial = trial_of(request)
    limits = trial.definition.product.temperature_limits
    is_sent = request.method == "POST"
    form = LoggerForm(request.POST if is_sent else None, request.FILES if is_sent else None, limits=limits)
    upload: LoggerUpload | None = None
    outcome: Outcome[TemperatureLog] = Outcome(None)
    if request.method == "POST" and form.is_valid():
        upload = form.upload()
        if "import" in request.POST:
            given = upload
            outcome = attempt(
                lambda: temperatures.import_log(study=trial.study, upload=given, by=trial.user, at=trial.at)
            )
            if not outcome.refused:
                return done(request, _("The file is imported."), "temperature-list")
    context = {
        "form": form,
        "shown": _preview(trial, upload) if upload else None,
        "reasons": outcome.reasons,
        "zone": trial.access.timezone,
        **product_head(here="temperature-list", trail=((_("Import a logger file"), ""),)),
    }
    return render(request, "dosing/temperature_import.html", context, status=outcome.status)


def _preview(trial: TrialContext, upload: LoggerUpload) -> dict[str, object]:
    zone = trial.access.timezone
    judged = temperatures.preview(study=trial.study, upload=upload, timezone=zone, at=trial.at)
    limit = limit_of(upload.limit_code, trial.definition.product.temperature_limits)
    return {
        "upload": upload,
        "kept": b64encode(upload.content).decode("ascii"),
        "against": judged.against.reasons,
        "problems": judged.file.problems,
        "facts": _file_facts(judged, upload, limit_words(limit) if limit else "", zone=zone),
        "excursions": judged.excursions[:_SHOWN_EXCURSIONS],
        "more": max(0, len(judged.excursions) - _SHOWN_EXCURSIONS),
    }


def _file_facts(judged: ImportPreview, upload: LoggerUpload, words: str, *, zone: str) -> list[dict[str, object]]:
    file = judged.file
    facts: list[dict[str, object]] = [
        {"label": _("File"), "value": upload.file_name},
        {"label": _("Place"), "value": upload.place},
        {"label": _("Limits that apply"), "value": words},
        {"label": _("Readings"), "value": quantity(len(file.readings))},
    ]
    if file.readings:
        facts += [
            {"label": _("From"), "value": trial_time(file.readings[0].at, zone)},
            {"label": _("Until"), "value": trial_time(file.readings[-1].at, zone)},
            {"label": _("Lowest"), "value": quantity(file.lowest, "°C")},
            {"label": _("Highest"), "value": quantity(file.highest, "°C")},
        ]
    return facts


@requires(Permission.PRODUCT_HANDLE)
def excursion_report(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    form = ExcursionForm(
        request.POST if request.method == "POST" else None, limits=trial.definition.product.temperature_limits
    )
    outcome: Outcome[TemperatureExcursion] = Outcome(None)
    if request.method == "POST" and form.is_valid():
        report = form.report(timezone=trial.access.timezone)
        outcome = attempt(lambda: temperatures.report(study=trial.study, report=report, by=trial.user, at=trial.at))
        if not outcome.refused:
            message = _("The excursion is recorded; what stood there is set aside.")
            return done(request, message, "temperature-list")
    context = {
        "form": form,
        "reasons": outcome.reasons,
        **product_head(here="temperature-list", trail=((_("Report an excursion"), ""),)),
    }
    return render(request, "dosing/temperature_report.html", context, status=outcome.status)


@requires(Permission.PRODUCT_HANDLE)
def excursion_end(request: HttpRequest, pk: int) -> HttpResponse:
    trial = trial_of(request)
    shown = excursion_or_404(trial, pk)
    form = EndExcursionForm(request.POST if request.method == "POST" else None)
    outcome: Outcome[None] = Outcome(None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        ended_at = from_wall_clock(values["ended_at"], timezone=trial.access.timezone)
        outcome = attempt(
            lambda: temperatures.end(
                excursion=shown, ended_at=ended_at, note=values["note"], by=trial.user, at=trial.at
            )
        )
        if not outcome.refused:
            return done(request, _("The end is recorded."), "temperature-list")
    context = {
        "form": form,
        "excursion": shown,
        "reasons": outcome.reasons,
        "zone": trial.access.timezone,
        **product_head(here="temperature-list", trail=((_("End of an excursion"), ""),)),
    }
    return render(request, "dosing/temperature_end.html", context, status=outcome.status)
