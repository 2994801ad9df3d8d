"""What dosing announces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dosing.models import Infusion, ProductLot, ReleaseTest
from trial.models import User


@dataclass(frozen=True, slots=True)
class InfusionStarted:
    infusion: Infusion
    by: User
    at: datetime


@dataclass(frozen=True, slots=True)
class InfusionEnded:
    """Completed or stopped early."""

    infusion: Infusion
    by: User
    at: datetime


@dataclass(frozen=True, slots=True)
class ReleaseTestFailed:
    """A release test is outside its limits; of a released lot, a late one: its recipients were already dosed."""

    lot: ProductLot
    test: ReleaseTest
    by: User
    at: datetime
