"""Telephone contacts and losses to follow-up as rows and values. Reads nothing."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _

from followup.models import LossToFollowUp, TelephoneContact
from followup.views.rows import answer_words
from trial.templatetags.look import trial_date, trial_time


def contact_columns() -> list[dict[str, object]]:
    return [{"label": label} for label in (_("Called"), _("Adverse events"), _("Note"), _("Entered by"), _("Stands"))]


def contact_row(contact: TelephoneContact, *, zone: str, may_void: bool) -> dict[str, object]:
    """A void contact stays to be read, with the reason why it counts for nothing."""
    return {
        "cells": [
            {"value": trial_time(contact.contacted_at, zone)},
            {"value": answer_words(contact.adverse_events_asked)},
            {"value": contact.note or None},
            {"value": contact.recorded_by.printed_name, "note": trial_time(contact.recorded_at, zone)},
            _standing(contact, zone=zone, may_void=may_void),
        ]
    }


def _standing(contact: TelephoneContact, *, zone: str, may_void: bool) -> dict[str, object]:
    if contact.voided_at is not None and contact.voided_by is not None:
        who = f"{contact.voided_by.printed_name}, {trial_time(contact.voided_at, zone)}"
        return {"value": _("void"), "note": f"{contact.voided_reason} ({who})"}
    if may_void:
        return {"value": _("Void it"), "url": reverse("contact-void", args=[contact.pk])}
    return {"value": _("yes")}


def loss_items(losses: Iterable[LossToFollowUp], *, zone: str) -> list[dict[str, object]]:
    """Each loss, and how it ended."""
    items: list[dict[str, object]] = []
    for loss in losses:
        if loss.found_at is not None and loss.found_by is not None:
            items.append(
                {
                    "label": _("Found again"),
                    "value": trial_time(loss.found_at, zone),
                    "note": f"{loss.found_reason} ({loss.found_by.printed_name})",
                }
            )
        items.append(
            {
                "label": _("Lost to follow-up since"),
                "value": trial_date(loss.lost_on),
                "note": f"{loss.attempts} ({loss.recorded_by.printed_name}, {trial_time(loss.recorded_at, zone)})",
            }
        )
    return items
