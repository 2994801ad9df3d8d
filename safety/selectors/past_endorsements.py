"""The endorsements that were given for a subject, and which of them still stands."""

from __future__ import annotations

from enrollment.models import Subject
from safety.models import Endorsement


def endorsements_of(subject: Subject) -> tuple[Endorsement, ...]:
    """The latest first, each with its signature. One query."""
    return tuple(Endorsement.objects.filter(subject=subject).select_related("signature").order_by("-id"))
