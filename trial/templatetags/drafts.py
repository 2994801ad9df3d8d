"""The parts of a form whose typing is kept: ``{% load drafts %}``. ``js/draft.js`` brings them to life."""

from __future__ import annotations

import secrets
from typing import Final

from django import template
from django.template import Context

from trial.edge.drafts import WINDOW

register = template.Library()

RANDOM_BYTES: Final = 12


@register.inclusion_tag("components/draft.html", takes_context=True)
def draft(context: Context, seen: str = "") -> dict[str, object]:
    """Stands first inside the ``<form data-draft>``. ``seen`` names the field with the hash of the record it began
    from. A form that comes back with its errors is the same window still."""
    request = context["request"]
    return {
        "person": request.user.get_username(),
        "study": context["deployment"]["study_code"],
        "place": request.path,
        "seen": seen,
        "window": request.POST.get(WINDOW) or secrets.token_urlsafe(RANDOM_BYTES),
    }
