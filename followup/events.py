"""What follow-up announces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from followup.models import TelephoneContact
from trial.models import User


@dataclass(frozen=True, slots=True)
class ContactRecorded:
    contact: TelephoneContact
    by: User
    at: datetime


@dataclass(frozen=True, slots=True)
class ContactVoided:
    contact: TelephoneContact
    by: User
    at: datetime
