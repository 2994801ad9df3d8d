"""Visits as rows of a table."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from followup.selectors.visits import VisitLine
from followup.views.addresses import address
from trial.templatetags.look import trial_date, trial_time


def visit_columns(*, with_subject: bool = True) -> list[dict[str, object]]:
    """``with_subject`` False: on a page of one participant."""
    subject: list[dict[str, object]] = [{"label": _("Subject")}] if with_subject else []
    return [
        {"label": _("Visit")},
        *subject,
        {"label": _("Status")},
        {"label": _("Planned")},
        {"label": _("Window")},
        {"label": _("Took place")},
        {"label": _("Adverse events")},
    ]


def visit_row(line: VisitLine, *, with_subject: bool = True) -> dict[str, object]:
    """Reads nothing: the rows come with subject and site."""
    visit = line.visit
    zone = visit.subject.site.timezone
    code = f"{visit.code} + {visit.merged_with}" if visit.merged_with else visit.code
    return {
        "tone": {"OVERDUE": "stop", "DUE": "wait"}.get(line.status.value, ""),
        "cells": [
            {"value": code, "url": reverse("visit", args=[visit.pk])},
            *([{"value": visit.subject.code, "url": address("subject", visit.subject.code)}] if with_subject else []),
            {"state": line.status},
            {"value": trial_date(visit.nominal_on)},
            {"value": _window(line)},
            {"value": trial_time(visit.done_at, zone), "note": days_off_words(line.days_off)},
            {"value": answer_words(visit.adverse_events_asked)},
        ],
    }


def days_off_words(days: int) -> str:
    """``2 days after its window``; nothing where it kept to it."""
    if days > 0:
        return ngettext("%(n)s day after its window", "%(n)s days after its window", days) % {"n": days}
    if days < 0:
        return ngettext("%(n)s day before its window", "%(n)s days before its window", -days) % {"n": -days}
    return ""


def answer_words(answer: str) -> str | None:
    return {"none": _("asked: none"), "yes": _("asked: yes")}.get(answer)


def _window(line: VisitLine) -> str:
    visit = line.visit
    zone = visit.subject.site.timezone
    if visit.opens_at is None and visit.closes_at is None:
        return _("not known yet")
    return f"{trial_date(visit.opens_at, zone)} – {trial_date(visit.closes_at, zone)}"
