"""The screening and enrolment log: every attempt with what became of it. It names nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, DateTimeField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from enrollment.models import Allocation, EligibilitySnapshot, InformedConsent, Screening, ScreeningFailure, Subject
from enrollment.rules.screening_log import AttemptOutcome, ClosedAs, attempt_outcome
from enrollment.rules.states import ConsentStatus, SubjectState
from enrollment.selectors.keyset import PAGE_SIZE, Page, Place, keyset_page
from enrollment.selectors.subjects import visible
from trial.edge.context import TrialContext

# The latest first, as their index has it; a number is the name of an attempt in an address.
ORDER = ("-started_at", "-id")
KEY = "number"
_LONGEST_NUMBER = 9

_OPEN = Q(closed_as=ClosedAs.OPEN.value)
_NO_SLOT = Q(subject__allocation__isnull=True)
OUTCOMES: dict[AttemptOutcome, Q] = {
    AttemptOutcome.SCREENING: _OPEN & Q(subject__state=SubjectState.SCREENING.value),
    AttemptOutcome.ELIGIBLE: _OPEN & Q(subject__state=SubjectState.ELIGIBLE.value),
    AttemptOutcome.ENROLLED: _OPEN & Q(subject__allocation__isnull=False),
    AttemptOutcome.SCREEN_FAILED: Q(closed_as=ClosedAs.SCREEN_FAILED.value),
    AttemptOutcome.NOT_CONSENTED: Q(closed_as=ClosedAs.NOT_CONSENTED.value),
    AttemptOutcome.NOT_CONTINUED: Q(closed_as=ClosedAs.NOT_CONTINUED.value),
    AttemptOutcome.WITHDRAWN: _OPEN & _NO_SLOT & Q(subject__state=SubjectState.WITHDRAWN.value),
    AttemptOutcome.DIED: _OPEN & _NO_SLOT & Q(subject__state=SubjectState.DIED.value),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """An attempt as the log shows it. ``consent``: the latest answer by its end. ``consent_at``: of that refusal, or of
    the consent that the attempt was made under (``rules.consent_of_attempt``). ``signed_by`` and
    ``signed_at``: the latest signature under an eligible verdict in it."""

    screening: Screening
    outcome: AttemptOutcome
    consent: str
    consent_at: datetime | None
    signed_by: str
    signed_at: datetime | None

    @property
    def subject(self) -> Subject:
        return self.screening.subject

    @property
    def zone(self) -> str:
        return self.subject.site.timezone

    @property
    def failure(self) -> ScreeningFailure | None:
        """None: the attempt is open, or was closed before evaluations were kept."""
        return getattr(self.screening, "failure", None)

    @property
    def allocation(self) -> Allocation | None:
        """The slot that this attempt led to; a failed attempt led to none."""
        if self.outcome is not AttemptOutcome.ENROLLED:
            return None
        return getattr(self.subject, "allocation", None)


def log_rows(trial: TrialContext) -> QuerySet[Screening]:
    """Every attempt of the subjects this person may see, with all that a line of the log shows."""
    ended_at = Coalesce(OuterRef("failed_at"), Value(trial.at), output_field=DateTimeField())
    answers = InformedConsent.objects.filter(subject=OuterRef("subject"), recorded_at__lte=ended_at)
    latest = answers.order_by("-given_at", "-id")
    consents = answers.filter(status=ConsentStatus.SIGNED.value)
    begun_with = consents.filter(given_at__lte=OuterRef("started_at")).order_by("-given_at", "-id")
    followed = consents.order_by("given_at", "id")
    signed = EligibilitySnapshot.objects.filter(screening=OuterRef("pk")).order_by("-id")
    place = ("subject__site", "subject__allocation__slot__cohort", "failure__recorded_by")
    rows = Screening.objects.filter(Q(study=trial.study) & visible(trial, subject="subject__"))
    return (
        rows.select_related(*place)
        .defer("facts", "failure__content")
        .annotate(
            consent_status=Subquery(latest.values("status")[:1]),
            consent_at=Case(
                When(consent_status=ConsentStatus.REFUSED.value, then=Subquery(latest.values("given_at")[:1])),
                default=Coalesce(
                    Subquery(begun_with.values("given_at")[:1]), Subquery(followed.values("given_at")[:1])
                ),
            ),
            signed_by=Subquery(signed.values("signature__printed_name")[:1]),
            signed_at=Subquery(signed.values("signature__signed_at")[:1]),
        )
    )


def log_page(rows: QuerySet[Screening], *, place: Place, size: int = PAGE_SIZE) -> Page[Screening]:
    """One page of the log. A key that is no screening number is the start."""
    is_number = place.key.isdecimal() and len(place.key) <= _LONGEST_NUMBER
    return keyset_page(rows, columns=ORDER, key=KEY, place=place if is_number else Place(), size=size)


def log_lines(rows: Iterable[Screening]) -> Iterator[LogLine]:
    """Rows of ``log_rows`` as lines. Reads nothing more."""
    for screening in rows:
        found: dict[str, Any] = vars(screening)  # with what the query added
        yield LogLine(
            screening=screening,
            outcome=attempt_outcome(
                closed_as=ClosedAs(screening.closed_as),
                state=SubjectState(screening.subject.state),
                is_allocated=getattr(screening.subject, "allocation", None) is not None,
            ),
            consent=found["consent_status"] or "",
            consent_at=found["consent_at"],
            signed_by=found["signed_by"] or "",
            signed_at=found["signed_at"],
        )
