"""What the study itself announces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from trial.models import CohortClearance, SiteActivation, User


@dataclass(frozen=True, slots=True)
class SiteActivated:
    activation: SiteActivation
    by: User
    at: datetime


@dataclass(frozen=True, slots=True)
class CohortOpened:
    """A permission to dose a cohort came into force; ``clearance.cohort`` comes with it."""

    clearance: CohortClearance
    by: User
    at: datetime
