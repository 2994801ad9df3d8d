"""Adverse events as rows of a table, and as labels and values."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from followup.views.addresses import address
from safety.forms.labels import ACTIONS, CRITERIA, OUTCOMES, RELATIONSHIPS
from safety.models import AdverseEvent
from safety.selectors.event_history import HistoryEntry
from trial.templatetags.look import trial_date, trial_time

Item = dict[str, object]


def event_columns() -> list[Item]:
    return [
        {"label": _("Event")},
        {"label": _("Term")},
        {"label": _("Began")},
        {"label": _("Grade"), "numeric": True},
        {"label": _("Serious")},
        {"label": _("Relationship")},
        {"label": _("Outcome")},
        {"label": _("Recorded")},
    ]


def event_row(event: AdverseEvent) -> Item:
    """Reads nothing: the rows come with subject, site and latest grade."""
    is_voided = event.voided_at is not None
    return {
        "tone": "stop" if event.serious and not is_voided else "",
        "cells": [
            {
                "value": f"{event.subject.code} AE {event.number}",
                "url": reverse("event", args=[event.pk]),
                "note": _("voided") if is_voided else "",
            },
            {"value": event.ctcae_term or event.reported_term, "note": "" if event.ctcae_term else _("not coded yet")},
            {"value": written(event.onset)},
            {"value": event.latest_grade, "numeric": True},  # type: ignore[attr-defined]  # annotated by the selector
            {"value": _("serious") if event.serious else _("no")},
            {"value": RELATIONSHIPS[event.relationship]},
            {"value": OUTCOMES[event.outcome]},
            {"value": trial_date(event.recorded_at, event.subject.site.timezone)},
        ],
    }


def event_facts(event: AdverseEvent) -> list[Item]:
    zone = event.subject.site.timezone
    return [
        {"label": _("In the words of the participant"), "value": event.reported_term},
        {"label": _("CTCAE term (v5.0)"), "value": event.ctcae_term, "note": _coded(event)},
        {"label": _("Began"), "value": written(event.onset), "note": _("site time")},
        {"label": _("Ended"), "value": written(event.ended) if event.ended else _("ongoing")},
        {"label": _("Serious"), "value": _("yes") if event.serious else _("no"), "note": criteria_words(event)},
        {"label": _("Relationship to the study treatment"), "value": RELATIONSHIPS[event.relationship]},
        {"label": _("Of special interest"), "value": _yes_no(event.special_interest)},
        {"label": _("Reaction to an infusion"), "value": _yes_no(event.infusion_reaction)},
        {"label": _("An infusion was stopped for it"), "value": _yes_no(event.stopped_infusion)},
        {"label": _("Before the first infusion"), "value": _baseline(event)},
        {"label": _("Outcome"), "value": OUTCOMES[event.outcome]},
        {"label": _("Action taken"), "value": ACTIONS[event.action_taken]},
        {"label": _("The site became aware"), "value": trial_time(event.aware_at, zone)},
        _link(_("Told at visit"), event.visit.code if event.visit else None, "visit", event.visit_id),
        _link(_("Belongs to infusion"), event.infusion and event.infusion.number, "infusion", event.infusion_id),
        {
            "label": _("Recorded"),
            "value": trial_time(event.recorded_at, zone),
            "note": event.recorded_by.printed_name,
        },
    ]


def criteria_words(event: AdverseEvent) -> str:
    return ", ".join(str(CRITERIA[code]) for code in event.seriousness_criteria)


def written(moment: str) -> str:
    """A partial moment as it was entered: ``Mar 2025``, ``31 Mar 2025 22:15``."""
    on, _t, time = moment.partition("T")
    return f"{trial_date(on)} {time}".strip()


def _coded(event: AdverseEvent) -> str:
    return "" if event.ctcae_term else _("not coded yet")


def _yes_no(value: bool) -> str:
    return _("yes") if value else _("no")


def _baseline(event: AdverseEvent) -> str:
    if not event.baseline_present:
        return _("not present")
    if event.baseline_grade is None:
        return _("present, grade not known")
    return _("present, grade %(n)s") % {"n": event.baseline_grade}


def _link(label: str, value: object, name: str, pk: int | None) -> Item:
    return {"label": label, "value": value or _("none"), "url": address(name, pk) if pk else ""}


def history_row(entry: HistoryEntry) -> Item:
    """An entry of the history with its act in a word; an act that has none keeps its code."""
    words = {
        "adverse_events.record": _("recorded"),
        "adverse_events.regrade": _("graded"),
        "adverse_events.amend": _("changed"),
        "adverse_events.void": _("voided"),
    }
    return {
        "at": entry.at,
        "by": entry.by,
        "action": words.get(entry.action, entry.action),
        "reason": entry.reason,
        "changes": entry.changes,
    }
