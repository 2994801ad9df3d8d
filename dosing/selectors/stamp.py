"""A mark of everything that a page of an infusion shows: another one, and somebody has changed something."""

from __future__ import annotations

from django.db.models import Count, F, Max

from dosing.models import Infusion
from trial.rules.canonical import sha256_hex

_LENGTH = 16
_OWN = (
    *("state", "unit_id", "unit__state", "unit__viability", "first_identity_signature_id", "identity_signature_id"),
    *("started_at", "ended_at", "observation_ended_at", "discharged_at", "emergency_equipment_checked_at"),
    *("dose_model", "access_site", "line_filter", "rate_ml_per_h", "checked_at", "signed_off"),
    *("pauses", "resumptions", "latest_entry", "answers", "drugs", "voided"),
)


def stamp_of(pk: int) -> str:
    """One query."""
    rows = Infusion.objects.filter(pk=pk).annotate(
        checked_at=F("pre_dose_check__recorded_at"),
        signed_off=F("pre_dose_check__signoff_signature_id"),
        pauses=Count("interruptions", distinct=True),
        resumptions=Count("interruptions__resumed_at", distinct=True),
        latest_entry=Max("vital_signs__id"),
        answers=Count("vital_signs__answer", distinct=True),
        drugs=Count("premedications", distinct=True),
        voided=Count("premedications__voided_at", distinct=True),
    )
    return sha256_hex(str(rows.values_list(*_OWN).first()))[:_LENGTH]
