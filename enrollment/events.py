"""What enrolment announces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from enrollment.models import Allocation, InformedConsent, Screening, Subject
from trial.models import User


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    consent: InformedConsent
    by: User
    at: datetime


@dataclass(frozen=True, slots=True)
class SubjectAllocated:
    allocation: Allocation
    by: User
    at: datetime


@dataclass(frozen=True, slots=True)
class SlotVacated:
    allocation: Allocation
    by: User
    at: datetime


@dataclass(frozen=True, slots=True)
class ScreeningFailed:
    subject: Subject
    by: User
    at: datetime


@dataclass(frozen=True, slots=True)
class SubjectRescreened:
    """``screening``: the new attempt."""

    screening: Screening
    by: User
    at: datetime


@dataclass(frozen=True, slots=True)
class SubjectWithdrawn:
    subject: Subject
    by: User
    at: datetime


@dataclass(frozen=True, slots=True)
class SubjectLost:
    subject: Subject
    by: User
    at: datetime


@dataclass(frozen=True, slots=True)
class SubjectFound:
    subject: Subject
    by: User
    at: datetime
