"""Subjects as rows of a table."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment.models import Allocation, Subject
from trial.templatetags.look import trial_date


def subject_row(subject: Subject) -> dict[str, object]:
    """Code (the link), state, slot, site and day of registration. Reads nothing: the rows come with all of it."""
    return {
        "cells": [
            {"value": subject.code, "url": reverse("subject", args=[subject.code])},
            {"state": subject.state},
            {"value": slot_text(getattr(subject, "allocation", None))},
            {"value": subject.site.code},
            {"value": trial_date(subject.registered_at, subject.site.timezone)},
        ]
    }


def slot_text(allocation: Allocation | None) -> str | None:
    """``Cohort 1, C1-2``; a slot that was given up says so."""
    if allocation is None:
        return None
    place = f"{allocation.slot.cohort}, {allocation.slot.label}"
    return place if allocation.vacated_at is None else _("%(place)s (vacated)") % {"place": place}
