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

from pydantic import Field, model_validator

from trial.protocol.frozen import (
    Amount,
    Code,
    Count,
    Fraction,
    Frozen,
    FrozenMapping,
    Grade,
    Percent,
    Positive,
    ReadOnly,
    Text,
)
from trial.protocol.schema_monitoring import (
    AlertComparison,
    MonitoringAlert,
    MonitoringField,
    MonitoringPlan,
    MonitoringSymptom,
    StoppingRules,
    TemperatureLimit,
)
from trial.protocol.schema_reporting import ClockAwareness, ClockTrigger, ReportingClock

__all__ = [
    "AlertComparison",
    "Anchor",
    "ClockAwareness",
    "ClockTrigger",
    "CohortPlan",
    "EligibilityParameters",
    "EligibilityText",
    "Frozen",
    "GatePolicy",
    "GatePresetValues",
    "MonitoringAlert",
    "MonitoringField",
    "MonitoringPlan",
    "MonitoringSymptom",
    "OutcomePlan",
    "ProcedurePlan",
    "ProductPlan",
    "ProtocolDefinition",
    "ProtocolQuestion",
    "Provenance",
    "Regimen",
    "ReleaseCriterion",
    "ReportingClock",
    "Requirement",
    "Schedule",
    "SitePlan",
    "Source",
    "StoppingRules",
    "StudyFacts",
    "TemperatureLimit",
    "Trigger",
    "VisitPlan",
]


class Source(StrEnum):
    REGISTRY = "registry"
    PUBLISHED = "published"
    REGULATION = "regulation"
    DEFAULT = "default"


class Provenance(Frozen):
    """Where a value (or all values below ``path``) comes from. ``path`` is dotted, e.g. ``regimen.interval_days``.

    The step to a member of a list is its code or number: ``schedule.visits.D28.late_days``, ``cohorts.1.infusions``.
    """

    path: Text
    source: Source
    reference: Text


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
    target_enrolment: Positive
    registered_enrolment: Positive
    max_dosed: Positive
    first_submitted_on: date
    started_on: date
    estimated_completion_on: date


class OutcomePlan(Frozen):
    """A registered outcome measure with its time frame."""

    code: Code
    kind: Literal["primary", "secondary"]
    title: Text
    time_frame: Text


class SitePlan(Frozen):
    code: Code
    name: str
    city: str
    country: str
    timezone: str
    subject_code_prefix: str


class CohortPlan(Frozen):
    """A dose level: the slots (subject numbers, inclusive) and the infusions each of them receives."""

    number: Positive
    first_slot: Positive
    last_slot: Positive
    infusions: Positive

    @property
    def size(self) -> int:
        return self.last_slot - self.first_slot + 1


class Regimen(Frozen):
    """``sentinel_days``: from the first to the second participant of a cohort; ``stagger_days``: between later ones."""

    dose_million_per_kg: Amount
    dose_basis: Literal["viable_cells", "total_nucleated_cells"]
    dose_tolerance_percent: Percent
    interval_days: Positive
    interval_early_days: Count
    interval_late_days: Count
    sentinel_days: Count
    stagger_days: Count
    weight_max_age_hours: Positive
    weight_change_confirm_percent: Percent
    pregnancy_test_max_age_hours: Positive
    safety_laboratory_max_age_hours_first: Positive
    safety_laboratory_max_age_hours_later: Positive
    signoff_max_age_hours: Positive
    volume_step_ml: Amount
    live_start_tolerance_minutes: Count


class ReleaseCriterion(Frozen):
    """A release test with its acceptance limit: numeric (minimum and/or maximum, inclusive) or one accepted result.

    ``late``: the result may follow a conditional release, within ``late_days`` of it.
    """

    code: Code
    label: Text
    unit: str | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    accepted: str | None = None
    late: bool = False
    late_days: Positive | None = None


class ProductPlan(Frozen):
    release_criteria: tuple[ReleaseCriterion, ...]
    post_thaw_viability_minimum: Fraction
    use_by_hours_after_thaw: Amount
    temperature_limits: tuple[TemperatureLimit, ...]


class EligibilityParameters(Frozen):
    """Thresholds of the criteria. "More than" in the text is strictly greater; a 5-10 % range includes both ends.

    ``plausible_minimum`` and ``plausible_maximum``, both included, per kind of measurement with its unit: a value
    outside counts only once it is confirmed. A kind that is not named, as in older definitions, is not judged.
    """

    age_minimum_years: Positive
    age_maximum_years: Positive
    age_upper_mode: Literal["completed_years", "birthday"]
    decline_mode: Literal["relative", "absolute"]
    a_overlap_months: Count
    a_fvc_decline_percent: Percent
    a_fvc_decline_lower_percent: Percent
    a_dlco_decline_percent: Percent
    a_reference_maximum_months: Positive
    a_reference_minimum_months: Count
    b_steroid_mg_per_kg: Amount
    b_overlap_months: Count
    b_fvc_decline_percent: Percent
    b_dlco_decline_percent: Percent
    b_reference_minimum_months: Count
    c_onset_months: Positive
    c_parse: Literal["dyspnea_and_oxygen_or_ct", "dyspnea_and_oxygen_or_ct_inner"]
    c_spo2_below_percent: Percent
    c_spo2_fall_points: Amount
    c_pao2_below_mmhg: Amount
    overlap_gap_days: Count
    steroid_sustained_days: Positive
    listed_immunosuppressants: tuple[Text, ...]
    attested_immunosuppressants: tuple[Text, ...]
    current_pft_max_age_days: Positive
    current_ct_max_age_days: Positive
    liver_uln_u_l: Amount
    liver_uln_multiple: Amount
    liver_mode: Literal["either", "both"]
    creatinine_maximum_mg_dl: Amount
    creatinine_umol_per_mg_dl: Amount
    x2_mode: Literal["split", "literal"]
    x2_improvement_months: Positive
    x2_fvc_improvement_percent: Percent
    x2_dlco_improvement_percent: Percent
    pregnancy_test_sensitivity_miu_ml: Amount
    pregnancy_test_max_age_days: Positive
    pregnancy_test_screening_max_age_days: Positive
    contraception_lead_months: Count
    menopause_minimum_age_years: Positive
    menopause_amenorrhoea_months: Positive
    laboratory_max_age_days: Positive
    infection_screen_max_age_days: Positive
    history_counts: bool
    max_rescreens: Count
    prednisolone_equivalents_mg: ReadOnly[str, Amount]
    plausible_minimum: ReadOnly[str, Amount] = FrozenMapping({})
    plausible_maximum: ReadOnly[str, Amount] = FrozenMapping({})


class Trigger(StrEnum):
    ANY_TEAE = "ANY_TEAE"
    ANY_RELATED_TEAE = "ANY_RELATED_TEAE"
    DLT = "DLT"


class GatePresetValues(Frozen):
    """What the choice of a preset settles besides the trigger itself."""

    continue_allowed: bool


class GatePolicy(Frozen):
    """When a cohort's safety gate may be passed. ``allowed_events``, ``required_evaluable``: one entry per cohort."""

    trigger: Trigger
    window_days: Positive
    allowed_events: tuple[Count, ...]
    required_evaluable: tuple[Positive, ...]
    evaluable_dose_fraction: Fraction
    dlt_minimum_grade: Grade
    special_interest_minimum_grade: Grade
    unknown_grade_counts: bool
    causality_due_days: Count
    progression_of_ild_counts: bool
    phone_contact_suffices: bool
    expansion_allowed: bool
    continue_allowed: bool
    proceed_valid_days: Positive | None
    maximum_replacements_per_cohort: Count
    signatories: tuple[Code, ...]
    hold_lift_signatories: tuple[Code, ...]
    endorsement_required: bool
    source_verification_required: bool
    d28_early_days: Count
    d28_late_days: Count


class Anchor(StrEnum):
    CONSENT = "consent"
    FIRST_INFUSION = "first_infusion"
    INFUSION = "infusion"
    LAST_INFUSION = "last_infusion"
    EVENT = "event"


class VisitPlan(Frozen):
    """One row of the visit schedule. ``code`` of a visit anchored on each infusion is its suffix (D0, D1, ...).

    Windows are days before and after the nominal day; ``opens_after_hours``/``closes_after_hours`` replace them where
    the window is counted in hours from the start of the infusion (D1: +20 to +36 h). On D0 both are None: the window of
    a later infusion is the interval of the regimen, the first may be on any day. On an unscheduled visit all are None.
    With the first infusion known, a visit with ``opens_before_first_infusion_days`` opens no earlier than so many days
    before it, and one with ``closes_before_first_infusion_days`` closes so many days before it.
    """

    code: Code
    label: Text
    anchor: Anchor
    nominal_day: int | None
    early_days: Count | None
    late_days: Count | None
    opens_after_hours: Count | None = None
    closes_after_hours: Positive | None = None
    opens_before_first_infusion_days: Positive | None = None
    closes_before_first_infusion_days: Positive | None = None
    merges_into_next_infusion: bool = False


class Requirement(StrEnum):
    REQUIRED = "X"
    PRE_DOSE = "P"
    SERIES = "S"
    CONDITIONAL = "c"
    OPTIONAL = "o"


class ProcedurePlan(Frozen):
    """A row of the schedule of assessments: what is done at which visit code.

    ``d0_from_infusion``: the first infusion at whose D0 the row applies (2: from the second infusion on).
    """

    code: Code
    label: Text
    from_registry: bool
    at: ReadOnly[str, Requirement]
    d0_from_infusion: Positive = 1
    note: str = ""


class Schedule(Frozen):
    visits: tuple[VisitPlan, ...]
    procedures: tuple[ProcedurePlan, ...]
    reminder_lead_days: Count


class ProtocolQuestion(Frozen):
    """A gap or contradiction of the public text, with the reading in use until the sponsor answers."""

    code: Code
    text: str
    problem: str
    reading: str
    parameters: tuple[str, ...] = ()
    status: Literal["open", "answered"] = "open"


class EligibilityText(Frozen):
    """A criterion in the words of the registry."""

    code: Code
    text: str


class ProtocolDefinition(Frozen):
    """Everything a study prescribes, in one value."""

    schema_version: Literal[1]
    version: str
    study: StudyFacts
    outcomes: tuple[OutcomePlan, ...]
    sites: tuple[SitePlan, ...]
    cohorts: tuple[CohortPlan, ...]
    regimen: Regimen
    product: ProductPlan
    eligibility: EligibilityParameters
    criteria: tuple[EligibilityText, ...]
    gate: GatePolicy
    gate_presets: ReadOnly[Trigger, Text] = Field(description="Each preset in words, for people.")
    gate_preset_values: ReadOnly[Trigger, GatePresetValues]
    stopping: StoppingRules
    special_interest_terms: tuple[str, ...]
    schedule: Schedule
    monitoring: MonitoringPlan
    clocks: tuple[ReportingClock, ...]
    questions: tuple[ProtocolQuestion, ...]
    provenance: tuple[Provenance, ...]

    @model_validator(mode="after")
    def _cohorts_are_consecutive(self) -> ProtocolDefinition:
        expected_slot, expected_number = 1, 1
        for cohort in self.cohorts:
            if cohort.number != expected_number or cohort.first_slot != expected_slot:
                raise ValueError(
                    f"cohorts: cohort {cohort.number} must be number {expected_number} and begin at slot"
                    f" {expected_slot}"
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
