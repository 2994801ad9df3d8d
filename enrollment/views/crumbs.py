"""The way back to a subject, at the head of each of its pages."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment.models import Subject


def subject_crumbs(subject: Subject, here: str) -> list[dict[str, str]]:
    return [
        {"label": _("Subjects"), "url": reverse("subject-list")},
        {"label": subject.code, "url": reverse("subject", args=[subject.code])},
        {"label": here},
    ]
