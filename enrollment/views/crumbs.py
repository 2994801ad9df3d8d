"""The way about the pages of a subject: back to the list, and from one page to the next."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment.models import Subject
from trial.edge.context import TrialContext
from trial.permissions import Permission


def subject_head(trial: TrialContext, subject: Subject, *, here: str, label: str = "") -> dict[str, Any]:
    """The head of every page of a subject. ``here`` is the name of its address; ``label`` ends the crumbs."""
    places = [
        ("subject", _("Overview")),
        ("screening", _("Screening")),
        ("interviews", _("Interviews")),
        ("screening-sign", _("Eligibility")),
        ("consent", _("Consent")),
        ("allocate", _("Allocation")),
        ("subject-product", _("Product")),
        ("subject-visits", _("Visits")),
        ("subject-history", _("Changes")),
    ]
    if trial.may(Permission.IDENTITY_OPEN, site=subject.site):
        places.insert(-1, ("identity", _("Identity")))
    own = reverse("subject", args=[subject.code])
    end = [{"label": subject.code, "url": own}, {"label": label}] if label else [{"label": subject.code}]
    return {
        "subject": subject,
        "zone": subject.site.timezone,
        "tabs": [
            {"label": name, "url": reverse(place, args=[subject.code]), "is_here": place == here}
            for place, name in places
        ],
        "breadcrumbs": [{"label": _("Subjects"), "url": reverse("subject-list")}, *end],
    }
