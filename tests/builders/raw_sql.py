"""What an attacker writes by hand: a forged context, the ids of an infusion, and how the database refuses."""

from __future__ import annotations

import json

import psycopg2
import pytest
from psycopg2.extensions import cursor

from tests.builders.prepared import Scene

GUARD = "SW409"
FORGED = json.dumps({"actor_id": 1, "actor": "nurse", "act": "infusions.start"})


def forge(attack: cursor) -> None:
    attack.execute("SELECT set_config('stepwise.context', %s, true)", [FORGED])


def parameters(attack: cursor, scene: Scene, infusion: int) -> dict[str, object]:
    attack.execute(
        "SELECT i.unit_id, i.subject_id, s.study_id, trial_now(), (trial_now() AT TIME ZONE t.timezone)::date"
        " FROM dosing_infusion i JOIN enrollment_subject s ON s.id = i.subject_id JOIN trial_site t ON t.id = s.site_id"
        " WHERE i.id = %s",
        [infusion],
    )
    unit, subject, study, at, site_day = attack.fetchone()
    return {
        "infusion": infusion,
        "unit": unit,
        "subject": subject,
        "study": study,
        "at": at,
        "site_day": site_day,
        "signed_off_elsewhere": scene.signed_off_elsewhere,
        "signed_off_too_soon": scene.signed_off_too_soon,
        "pending_snapshot": scene.pending_snapshot,
        **scene.people,
    }


def refused_with(error: pytest.ExceptionInfo[psycopg2.Error]) -> set[str]:
    assert error.value.pgcode == GUARD, error.value
    return set((error.value.diag.message_hint or "").split(","))
