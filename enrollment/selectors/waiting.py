"""Who waits for a slot: eligible, signed and not allocated, in the order in which eligibility was signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Subquery

from enrollment.models import EligibilitySnapshot, InformedConsent, Screening, Subject
from enrollment.rules.eligibility import Overall
from enrollment.rules.states import ConsentStatus, SubjectState
from trial.models import Study


@dataclass(frozen=True, slots=True)
class Waiting:
    """``place`` counts from 1. ``since``: the first signature of the present screening."""

    place: int
    subject: Subject
    since: datetime


def waiting_list(study: Study) -> tuple[Waiting, ...]:
    """Everybody who waits, the longest first. One query.

    Waiting begins with the first signature of the present screening: to sign again over repeated results costs nobody
    their place. The database counts in the same way (``stepwise_waiting``).
    """
    return tuple(
        Waiting(place=place, subject=subject, since=subject.waits_since)
        for place, subject in enumerate(_waiting(study), start=1)
    )


def _waiting(study: Study):  # type: ignore[no-untyped-def]  # the annotated type of a queryset has no name
    screening = Screening.objects.filter(subject=OuterRef("pk")).order_by("-attempt")
    signed = EligibilitySnapshot.objects.filter(screening=OuterRef("screening_id"))
    first = signed.order_by("pk")
    # What counts is signed under the protocol version that the subject is on.
    latest = signed.filter(protocol_version=OuterRef("protocol_version_id")).order_by("-pk")
    consents = InformedConsent.objects.filter(
        subject=OuterRef("pk"), status=ConsentStatus.SIGNED, withdrawn_at__isnull=True
    )
    return (
        Subject.objects.filter(study=study, state=SubjectState.ELIGIBLE)
        .annotate(
            screening_id=Subquery(screening.values("pk")[:1]),
            screening_sha256=Subquery(screening.values("facts_sha256")[:1]),
        )
        .annotate(
            signed_sha256=Subquery(latest.values("facts_sha256")[:1]),
            signed_overall=Subquery(latest.values("overall")[:1]),
            first_signed=Subquery(first.values("pk")[:1]),
            waits_since=Subquery(first.values("signature__signed_at")[:1]),
        )
        .filter(
            Exists(consents),
            signed_sha256=F("screening_sha256"),
            signed_overall=Overall.ELIGIBLE,
        )
        .select_related("site", "protocol_version")
        .defer("protocol_version__canonical")
        .order_by("waits_since", "first_signed")
    )
