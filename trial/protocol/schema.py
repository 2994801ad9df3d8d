"""The shape of a protocol definition: frozen, typed, strict. Nothing here knows Django.

A definition is what a study prescribes; the software guarantees it. Every model refuses unknown keys, so that a
misspelt parameter is an error on load and not a silent default. Days are whole calendar days in the site's time zone,
doses are viable cells (million) per kg body weight. Where the registry is silent the value stands in ``provenance``
as ``default``.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(StrEnum):
    REGISTRY = "registry"
    PUBLISHED = "published"
    REGULATION = "regulation"
    DEFAULT = "default"


class Provenance(Frozen):
    """Where a value (or all values below ``path``) comes from. ``path`` is dotted, e.g. ``regimen.interval_days``."""

    path: str
    source: Source
    reference: str


class StudyFacts(Frozen):
    registry_id: str
    short_name: str
    brief_title: str
    official_title: str
    phases: tuple[str, ...]
    sponsor: str
    intervention: str
    product_code: str
    conditions: tuple[str, ...]
    design: str
    masking: str
    target_enrolment: int
    registered_enrolment: int
    max_dosed: int
    first_submitted_on: date
    started_on: date
    estimated_completion_on: date


class SitePlan(Frozen):
    code: str
    name: str
    city: str
    country: str
    timezone: str
    subject_code_prefix: str


class CohortPlan(Frozen):
    """A dose level: the slots (subject numbers, inclusive) and the infusions each of them receives."""

    number: int
    first_slot: int
    last_slot: int
    infusions: int

    @property
    def size(self) -> int:
        return self.last_slot - self.first_slot + 1


class Regimen(Frozen):
    dose_million_per_kg: Decimal
    dose_basis: Literal["viable_cells", "total_nucleated_cells"]
    dose_tolerance_percent: Decimal
    interval_days: int
    interval_early_days: int
    interval_late_days: int
    sentinel_days: int
    stagger_days: int
    weight_max_age_hours: int
    weight_change_confirm_percent: Decimal
    pregnancy_test_max_age_hours: int
    safety_laboratory_max_age_hours_first: int
    safety_laboratory_max_age_hours_later: int
    volume_step_ml: Decimal
    live_start_tolerance_minutes: int


class ReleaseCriterion(Frozen):
    """A release test with its acceptance limit: numeric (minimum and/or maximum, inclusive) or one accepted result."""

    code: str
    label: str
    unit: str | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    accepted: str | None = None
    late: bool = False


class ProductPlan(Frozen):
    release_criteria: tuple[ReleaseCriterion, ...]
    post_thaw_viability_minimum: Decimal
    use_by_hours_after_thaw: Decimal


class EligibilityParameters(Frozen):
    age_minimum_years: int
    age_maximum_years: int
    age_upper_mode: Literal["completed_years", "birthday"]
    decline_mode: Literal["relative", "absolute"]
    a_overlap_months: int
    a_fvc_decline_percent: Decimal
    a_fvc_decline_lower_percent: Decimal
    a_dlco_decline_percent: Decimal
    b_steroid_mg_per_kg: Decimal
    b_overlap_months: int
    b_fvc_decline_percent: Decimal
    b_dlco_decline_percent: Decimal
    c_onset_months: int
    c_parse: Literal["dyspnea_and_oxygen_or_ct", "dyspnea_and_oxygen_or_ct_inner"]
    overlap_gap_days: int
    steroid_sustained_days: int
    current_pft_max_age_days: int
    current_ct_max_age_days: int
    liver_uln_u_l: Decimal
    liver_uln_multiple: Decimal
    liver_mode: Literal["either", "both"]
    creatinine_maximum_mg_dl: Decimal
    creatinine_umol_per_mg_dl: Decimal
    x2_mode: Literal["split", "literal"]
    x2_improvement_months: int
    pregnancy_test_max_age_days: int
    pregnancy_test_screening_max_age_days: int
    contraception_lead_months: int
    menopause_minimum_age_years: int
    menopause_amenorrhoea_months: int
    laboratory_max_age_days: int
    infection_screen_max_age_days: int
    history_counts: bool
    max_rescreens: int
    prednisolone_equivalents_mg: dict[str, Decimal]


class Trigger(StrEnum):
    ANY_TEAE = "ANY_TEAE"
    ANY_RELATED_TEAE = "ANY_RELATED_TEAE"
    DLT = "DLT"


class GatePolicy(Frozen):
    """When a cohort's safety gate may be passed. ``allowed_events`` and ``required_evaluable``: one entry per cohort."""

    trigger: Trigger
    window_days: int
    allowed_events: tuple[int, ...]
    required_evaluable: tuple[int, ...]
    evaluable_dose_fraction: Decimal
    dlt_minimum_grade: int
    special_interest_minimum_grade: int
    unknown_grade_counts: bool
    causality_due_days: int
    progression_of_ild_counts: bool
    phone_contact_suffices: bool
    expansion_allowed: bool
    continue_allowed: bool
    proceed_valid_days: int | None
    maximum_replacements_per_cohort: int
    signatories: tuple[str, ...]
    hold_lift_signatories: tuple[str, ...]
    endorsement_required: bool
    source_verification_required: bool
    d28_early_days: int
    d28_late_days: int


class Anchor(StrEnum):
    CONSENT = "consent"
    FIRST_INFUSION = "first_infusion"
    INFUSION = "infusion"
    LAST_INFUSION = "last_infusion"
    EVENT = "event"


class VisitPlan(Frozen):
    """One row of the visit schedule. ``code`` of a visit anchored on each infusion is its suffix (D0, D1, ...).

    Windows are days before and after the nominal day; ``opens_after_hours``/``closes_after_hours`` replace them where the
    window is counted in hours from the start of the infusion (D1: +20 to +36 h).
    """

    code: str
    label: str
    anchor: Anchor
    nominal_day: int | None
    early_days: int | None
    late_days: int | None
    opens_after_hours: int | None = None
    closes_after_hours: int | None = None
    merges_into_next_infusion: bool = False


class Requirement(StrEnum):
    REQUIRED = "X"
    PRE_DOSE = "P"
    SERIES = "S"
    CONDITIONAL = "c"
    OPTIONAL = "o"


class ProcedurePlan(Frozen):
    """A row of the schedule of assessments: what is done at which visit code."""

    code: str
    label: str
    from_registry: bool
    at: dict[str, Requirement]
    note: str = ""


class Schedule(Frozen):
    visits: tuple[VisitPlan, ...]
    procedures: tuple[ProcedurePlan, ...]
    reminder_lead_days: int


class ReportingClock(Frozen):
    """A reporting duty. Exactly one of ``due_hours`` and ``due_days``; day clocks end at 23:59:59 site time."""

    code: str
    regime: str
    label: str
    sender: str
    recipient: str
    trigger: str
    due_hours: int | None = None
    due_days: int | None = None
    reference: str


class ProtocolQuestion(Frozen):
    """A gap or contradiction of the public text, with the reading in use until the sponsor answers."""

    code: str
    text: str
    problem: str
    reading: str
    parameters: tuple[str, ...] = ()
    status: Literal["open", "answered"] = "open"


class EligibilityText(Frozen):
    """A criterion in the words of the registry."""

    code: str
    text: str


class ProtocolDefinition(Frozen):
    """Everything a study prescribes, in one value."""

    schema_version: Literal[1]
    version: str
    study: StudyFacts
    sites: tuple[SitePlan, ...]
    cohorts: tuple[CohortPlan, ...]
    regimen: Regimen
    product: ProductPlan
    eligibility: EligibilityParameters
    criteria: tuple[EligibilityText, ...]
    gate: GatePolicy
    gate_presets: dict[Trigger, str] = Field(description="Each preset in words, for people.")
    special_interest_terms: tuple[str, ...]
    schedule: Schedule
    clocks: tuple[ReportingClock, ...]
    questions: tuple[ProtocolQuestion, ...]
    provenance: tuple[Provenance, ...]

    @model_validator(mode="after")
    def _cohorts_are_consecutive(self) -> ProtocolDefinition:
        expected_slot, expected_number = 1, 1
        for cohort in self.cohorts:
            if cohort.number != expected_number or cohort.first_slot != expected_slot:
                raise ValueError(
                    f"cohorts: cohort {cohort.number} must be number {expected_number} and begin at slot {expected_slot}"
                )
            if cohort.last_slot < cohort.first_slot or cohort.infusions < 1:
                raise ValueError(f"cohorts: cohort {cohort.number} needs at least one slot and one infusion")
            expected_slot, expected_number = cohort.last_slot + 1, expected_number + 1
        for name in ("allowed_events", "required_evaluable"):
            if len(getattr(self.gate, name)) != len(self.cohorts):
                raise ValueError(f"gate.{name}: one entry per cohort ({len(self.cohorts)}) is needed")
        return self

    def cohort(self, number: int) -> CohortPlan:
        return next(cohort for cohort in self.cohorts if cohort.number == number)

    @property
    def timezone(self) -> str:
        return self.sites[0].timezone
