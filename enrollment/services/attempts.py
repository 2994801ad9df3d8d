"""Attempts at screening: each has its own number in the screening log."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max

from enrollment.models import Screening, Subject


def begin(subject: Subject, *, at: datetime, because: str = "") -> Screening:
    """The next attempt of a subject under the next screening number, inside the caller's lock on the study."""
    numbered = Screening.objects.filter(study=subject.study)
    tried = subject.screenings.aggregate(highest=Max("attempt"))["highest"] or 0
    return Screening.objects.create(
        study=subject.study,
        number=(numbered.aggregate(highest=Max("number"))["highest"] or 0) + 1,
        subject=subject,
        attempt=tried + 1,
        rescreened_because=because,
        started_at=at,
    )
