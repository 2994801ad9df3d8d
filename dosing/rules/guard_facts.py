"""What the dosing guard looks at before an infusion may start. ``None`` means "not known", which is never enough.

Times are aware, days site-local. A period (clearance, hold, consent) lasts from its beginning to its end, the beginning
included, so that a start entered late is judged by what was in force when it happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from dosing.rules.states import DoseModel, InfusionState, LotState, PregnancyResult, UnitState
from enrollment.rules.reconsent import RequiredConsent


class HoldScope(StrEnum):
    STUDY = "study"
    COHORT = "cohort"
    SUBJECT = "subject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    starts_at: datetime
    ends_at: datetime | None = None

    def covers(self, at: datetime) -> bool:
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """``in_force`` from its placing to its signed lift."""

    scope: HoldScope
    reason: str
    in_force: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearance:
    """A period in which the cohort was open: until revoked, or until the decision expired.

    ``is_decided``: a signed decision opened it, read by who infuses at ``read_at``. The first cohort opens without one.
    """

    opened_at: datetime
    revoked_at: datetime | None = None
    revoked_reason: str = ""
    valid_until: datetime | None = None
    is_decided: bool = False
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """``approved_on``: the day the signed version was approved at the site."""

    in_force: Period
    version: str
    approved_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    """The latest signed snapshot. ``intact``: the facts are still those that were signed.

    ``stands_until``: the last day for a first infusion on the results that were signed; None if none of them expires.
    """

    signed_at: datetime | None
    intact: bool | None
    verdict: str | None
    stands_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierInfusion:
    number: int
    state: InfusionState | None
    started_at: datetime | None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """The unit at the bedside. ``assigned_to``/``assigned_infusion``: for whom, and which infusion, it was meant.

    ``failed_tests``: labels of release tests of the lot that failed, whenever that became known: a late result counts.
    ``quarantines``: when the unit stood aside, after a temperature excursion for instance, until it was decided.
    ``total_cells`` and ``volume_ml``: what the unit holds, for the dose that is planned out of it.
    """

    lot_state: LotState | None
    lot_released_at: datetime | None
    lot_expires_at: datetime | None
    unit_state: UnitState | None
    issued_at: datetime | None
    use_by_at: datetime | None
    viability: Decimal | None
    assigned_to: str | None
    assigned_infusion: int | None
    failed_tests: tuple[str, ...] = ()
    quarantines: tuple[Period, ...] = ()
    total_cells: Decimal | None = None
    volume_ml: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstCheck:
    """Who checked subject and unit first and signed it, as the one who infuses; over this very unit."""

    username: str
    signed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendant:
    """A person at the bedside. ``delegated``: the task was delegated to them, and their training valid, on that day."""

    username: str
    delegated: bool
    signed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFacts:
    """``signed_off_at``: when an investigator signed off this very infusion."""

    weight_kg: Decimal | None = None
    weight_measured_at: datetime | None = None
    pregnancy_result: PregnancyResult | None = None
    pregnancy_collected_at: datetime | None = None
    laboratory_collected_at: datetime | None = None
    laboratory_acceptable: bool | None = None
    signed_off_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardFacts:
    """Everything about one infusion of one subject. ``cohort_number`` None: the subject has no slot at that time."""

    subject: str
    infusion_number: int
    timezone: str
    same_protocol_version: bool
    cohort_number: int | None
    cohort_infusions: int | None
    can_be_pregnant: bool | None
    died_at: datetime | None = None
    withdrawn_on: date | None = None
    lost_on: date | None = None
    clearances: tuple[Clearance, ...] = ()
    holds: tuple[Hold, ...] = ()
    consents: tuple[Consent, ...] = ()
    consent_withdrawn_at: datetime | None = None
    required_consents: tuple[RequiredConsent, ...] = ()
    eligibility: Eligibility | None = None
    earlier: tuple[EarlierInfusion, ...] = ()
    cohort_first_infusions: tuple[datetime, ...] = ()
    interval_reason: str = ""
    product: Product | None = None
    dose_model: DoseModel = DoseModel.VOLUME
    performer: Attendant | None = None
    first_check: FirstCheck | None = None
    verifier: Attendant | None = None
    day: DayFacts = DayFacts()

    @property
    def previous(self) -> EarlierInfusion | None:
        """The infusion before this one, if there is one."""
        return next((i for i in self.earlier if i.number == self.infusion_number - 1), None)
