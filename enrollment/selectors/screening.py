"""Screening as a page needs it: facts as they were at an earlier hash, who saved them last, what a signature covers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from enrollment.models import EligibilitySnapshot, Screening
from enrollment.selectors.eligibility import DERIVED_KEYS, is_intact, latest_snapshot
from trial.models import AuditEvent, User

_TABLE = "enrollment_screening"


@dataclass(frozen=True, slots=True)
class LastChange:
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SignedEligibility:
    """The latest signature under an eligibility verdict. ``changed``: keys whose values differ from the signed ones."""

    snapshot: EligibilitySnapshot
    intact: bool
    changed: tuple[str, ...]
    signed_facts: Mapping[str, Any]


def facts_at(screening: Screening, *, sha256: str) -> Mapping[str, Any] | None:
    """The facts as they were when they had this hash, from the row's history. None: they never had it."""
    event = (
        AuditEvent.objects.filter(table_name=_TABLE, row_id=str(screening.pk), after__facts_sha256=sha256)
        .order_by("-id")
        .first()
    )
    return event.after["facts"] if event is not None and event.after else None


def last_change(screening: Screening) -> LastChange | None:
    """Who saved these facts last, and when."""
    event = AuditEvent.objects.filter(table_name=_TABLE, row_id=str(screening.pk)).order_by("-id").first()
    if event is None:
        return None
    person = User.objects.filter(pk=event.actor_id or 0).first()
    return LastChange(person.printed_name if person else event.actor, event.trial_at)


def signed_eligibility(screening: Screening) -> SignedEligibility | None:
    """The latest signature, whether it still stands, and what changed under it. None: nobody has signed."""
    snapshot = latest_snapshot(screening)
    if snapshot is None:
        return None
    content = json.loads(snapshot.content)
    # Before records were kept behind the facts, what was entered and what was judged were one document.
    signed = {key: value for key, value in content.get("entered", content["facts"]).items() if key not in DERIVED_KEYS}
    keys = sorted({*signed, *screening.facts})
    return SignedEligibility(
        snapshot=snapshot,
        intact=bool(is_intact(snapshot, screening)),
        changed=tuple(key for key in keys if signed.get(key) != screening.facts.get(key)),
        signed_facts=signed,
    )
