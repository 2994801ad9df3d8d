"""Infusions as rows of a table."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from dosing.models import Infusion
from trial.templatetags.look import quantity, trial_date, trial_time


def infusion_columns() -> list[dict[str, object]]:
    return [
        {"label": _("Infusion")},
        {"label": _("Subject")},
        {"label": _("State")},
        {"label": _("Planned for")},
        {"label": _("Started")},
        {"label": _("Unit")},
        {"label": _("Given"), "numeric": True},
    ]


def infusion_row(infusion: Infusion) -> dict[str, object]:
    """Reads nothing: the rows come with all of it."""
    subject = infusion.subject
    name = _("%(subject)s, infusion %(number)s") % {"subject": subject.code, "number": infusion.number}
    started = trial_time(infusion.started_at, subject.site.timezone) if infusion.started_at else None
    unit = infusion.unit
    return {
        "cells": [
            {"value": name, "url": reverse("infusion", args=[infusion.pk])},
            {"value": subject.code, "url": reverse("subject", args=[subject.code])},
            {"state": infusion.state},
            {"value": trial_date(infusion.planned_on)},
            {"value": started, "note": infusion.performed_by.printed_name if infusion.performed_by else ""},
            {"value": str(unit), "url": reverse("unit", args=[unit.pk])} if unit else {"value": None},
            {"value": quantity(infusion.given_million_per_kg, "× 10⁶/kg"), "numeric": True},
        ]
    }
