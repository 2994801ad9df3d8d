"""What the study itself announces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from trial.models import SiteActivation, User


@dataclass(frozen=True, slots=True)
class SiteActivated:
    activation: SiteActivation
    by: User
    at: datetime
