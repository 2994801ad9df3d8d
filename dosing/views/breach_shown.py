"""A breach of the guard as the page of its infusion shows it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from dosing.models import GuardBreach, Infusion
from dosing.rules.guard_conditions import CONDITIONS
from trial.templatetags.look import trial_time

_LABELS = {code: condition.label for condition in CONDITIONS for code in condition.codes}


def breach_shown(infusion: Infusion) -> dict[str, Any] | None:
    """None for an infusion that started in order."""
    breach: GuardBreach | None = getattr(infusion, "breach", None)
    if breach is None:
        return None
    zone = infusion.subject.site.timezone
    return {
        "violated": [{"code": code, "label": _(_LABELS[code]) if code in _LABELS else ""} for code in breach.violated],
        "deviation": breach.deviation_id,
        "facts": [
            {"label": _("Reported by"), "value": breach.reported_by},
            {"label": _("How it came about"), "value": breach.reason},
            {"label": _("Signed by"), "value": breach.signature.printed_name},
            {"label": _("Signed at"), "value": trial_time(breach.signature.signed_at, zone)},
            {"label": _("Held"), "value": breach.hold.scope, "note": "" if breach.hold.lifted_at else _("in force")},
        ],
    }
