"""States and closed lists that models of this app store. Models take their choices from here."""

from __future__ import annotations

from enum import StrEnum


class VersionState(StrEnum):
    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    SUPERSEDED = "SUPERSEDED"


class ClearanceBasis(StrEnum):
    """Why a cohort may be dosed: it is the first, or a signed gate decision opened it."""

    FIRST_COHORT = "FIRST_COHORT"
    GATE_DECISION = "GATE_DECISION"


class HoldKind(StrEnum):
    """What placed a hold. Only a signed lift ends one, whatever the kind."""

    MANUAL = "MANUAL"
    QUALIFYING_EVENT = "QUALIFYING_EVENT"
    DEATH = "DEATH"
    STOPPING_RULE = "STOPPING_RULE"


class Meaning(StrEnum):
    """What a signature says. 21 CFR 11.50(a)(3)."""

    DELEGATION = "delegation"
    SUPPORT_INTERVIEW = "support_interview"
    ELIGIBILITY = "eligibility"
    PRODUCT_RELEASE = "product_release"
    CONDITIONAL_RELEASE = "conditional_release"
    QUARANTINE_DECISION = "quarantine_decision"
    SECOND_PERSON = "second_person"
    IDENTITY_CHECK = "identity_check"
    INTER_INFUSION = "inter_infusion_signoff"
    GUARD_BREACH = "guard_breach"
    GATE_DECISION = "gate_decision"
    HOLD_LIFT = "hold_lift"
    ENDORSEMENT = "endorsement"


MEANING_LABELS: dict[Meaning, str] = {
    Meaning.DELEGATION: "I delegate these tasks to this person for this time",
    Meaning.SUPPORT_INTERVIEW: "I held this interview and found what is stated",
    Meaning.ELIGIBILITY: "I confirm that this participant meets all criteria",
    Meaning.PRODUCT_RELEASE: "I release this product",
    Meaning.CONDITIONAL_RELEASE: "I release this product although a late result is still pending",
    Meaning.QUARANTINE_DECISION: "I decide what becomes of this quarantined product",
    Meaning.SECOND_PERSON: "I checked this step as the second person",
    Meaning.IDENTITY_CHECK: "I have checked the identity of the participant and of the product",
    Meaning.INTER_INFUSION: "I have reviewed safety since the previous infusion; the next one may be given",
    Meaning.GUARD_BREACH: "I report that this infusion was given although the conditions listed were not met",
    Meaning.GATE_DECISION: "I have reviewed the dossier and vote as stated",
    Meaning.HOLD_LIFT: "I agree to lift this hold",
    Meaning.ENDORSEMENT: "I endorse the reported data",
}


class EmailState(StrEnum):
    """Delivery of a notification by e-mail. UNCERTAIN: accepted or not, the process died in between."""

    NONE = "NONE"
    PENDING = "PENDING"
    SENDING = "SENDING"
    SENT = "SENT"
    UNCERTAIN = "UNCERTAIN"
    FAILED = "FAILED"


class DeviationCategory(StrEnum):
    """What part of the protocol was departed from."""

    DOSE = "DOSE"
    INTERVAL = "INTERVAL"
    VISIT_WINDOW = "VISIT_WINDOW"
    MISSED = "MISSED"
    MONITORING = "MONITORING"
    PRODUCT = "PRODUCT"
    CONSENT = "CONSENT"
    ELIGIBILITY = "ELIGIBILITY"
    IDENTITY = "IDENTITY"
    LATE_REPORT = "LATE_REPORT"
    GUARD = "GUARD"
    OTHER = "OTHER"


class DeviationClass(StrEnum):
    """MAJOR (important): it may affect rights, safety or the reliability of the results. ICH E3 10.2."""

    OPEN = ""
    MINOR = "MINOR"
    MAJOR = "MAJOR"
