"""The conditions of the guard as a person at the bedside goes through them: in five parts, each with its codes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    PERMISSION = "permission"
    SUBJECT = "subject"
    DAY = "day"
    PRODUCT = "product"
    PEOPLE = "people"


PART_LABELS: dict[Part, str] = {
    Part.PERMISSION: "Permission to dose",
    Part.SUBJECT: "Subject",
    Part.DAY: "Facts of the day",
    Part.PRODUCT: "Product",
    Part.PEOPLE: "People",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """``codes`` stand against it; ``after`` leave it unanswered. ``first_only`` None: it concerns every infusion."""

    part: Part
    label: str
    codes: tuple[str, ...]
    after: tuple[str, ...] = ()
    first_only: bool | None = None

    def concerns(self, infusion_number: int) -> bool:
        return self.first_only is None or self.first_only == (infusion_number == 1)

    def is_met(self, codes: Collection[str]) -> bool:
        """Nothing stands against it, and nothing leaves it unanswered."""
        return not any(code in codes for code in (*self.codes, *self.after))


_NO_SLOT = ("DOS-SLOT",)
_NO_UNIT = ("DOS-PRODUCT-MISSING",)

CONDITIONS: tuple[Condition, ...] = (
    Condition(Part.PERMISSION, "No hold is in force", ("DOS-STUDY-HOLD", "DOS-COHORT-HOLD", "DOS-SUBJECT-HOLD")),
    Condition(Part.PERMISSION, "Slot in a cohort", _NO_SLOT),
    Condition(
        Part.PERMISSION,
        "The cohort is open",
        ("DOS-COHORT-CLOSED", "DOS-COHORT-REVOKED", "DOS-COHORT-EXPIRED"),
        after=_NO_SLOT,
    ),
    Condition(
        Part.PERMISSION,
        "Decision read by who infuses",
        ("DOS-DECISION-UNREAD",),
        after=(*_NO_SLOT, "DOS-COHORT-CLOSED", "DOS-COHORT-REVOKED", "DOS-COHORT-EXPIRED"),
    ),
    Condition(Part.PERMISSION, "Sentinel subject observed", ("DOS-SENTINEL",), after=_NO_SLOT, first_only=True),
    Condition(Part.PERMISSION, "Interval between subjects", ("DOS-STAGGER",), after=_NO_SLOT, first_only=True),
    Condition(Part.SUBJECT, "Alive and taking part", ("DOS-DIED", "DOS-WITHDRAWN", "DOS-LOST")),
    Condition(Part.SUBJECT, "Protocol version", ("DOS-VERSION",)),
    Condition(Part.SUBJECT, "Informed consent in force", ("DOS-CONSENT",)),
    Condition(Part.SUBJECT, "Consent version current", ("DOS-RECONSENT",), after=("DOS-CONSENT",)),
    Condition(
        Part.SUBJECT,
        "Eligibility signed and unbroken",
        ("DOS-ELIGIBILITY-UNSIGNED", "DOS-ELIGIBILITY-BROKEN", "DOS-ELIGIBILITY-VERDICT"),
    ),
    Condition(
        Part.SUBJECT,
        "Results of screening still valid",
        ("DOS-ELIGIBILITY-EXPIRED",),
        after=("DOS-ELIGIBILITY-UNSIGNED",),
        first_only=True,
    ),
    Condition(Part.SUBJECT, "Number of infusions", ("DOS-NUMBER",), after=_NO_SLOT),
    Condition(Part.SUBJECT, "Previous infusion ended", ("DOS-SEQUENCE",), first_only=False),
    Condition(
        Part.SUBJECT,
        "Interval between infusions",
        ("DOS-INTERVAL", "DOS-INTERVAL-REASON"),
        after=("DOS-SEQUENCE",),
        first_only=False,
    ),
    Condition(Part.DAY, "Body weight", ("DOS-WEIGHT",)),
    Condition(Part.DAY, "Pregnancy test", ("DOS-PREGNANCY",)),
    Condition(Part.DAY, "Safety laboratory", ("DOS-LABORATORY",)),
    Condition(Part.DAY, "Sign-off since the previous infusion", ("DOS-SIGNOFF",), first_only=False),
    Condition(Part.PRODUCT, "Unit for this very infusion", (*_NO_UNIT, "DOS-PRODUCT-ASSIGNED")),
    Condition(
        Part.PRODUCT, "Lot released, tests passed", ("DOS-PRODUCT-UNRELEASED", "DOS-PRODUCT-TEST"), after=_NO_UNIT
    ),
    Condition(Part.PRODUCT, "In date, thawed", ("DOS-PRODUCT-EXPIRED",), after=_NO_UNIT),
    Condition(Part.PRODUCT, "Viable after thawing", ("DOS-PRODUCT-VIABILITY",), after=_NO_UNIT),
    Condition(Part.PRODUCT, "Not in quarantine", ("DOS-PRODUCT-QUARANTINED",), after=_NO_UNIT),
    Condition(Part.PRODUCT, "Issued by the pharmacy", ("DOS-PRODUCT-NOT-ISSUED",), after=_NO_UNIT),
    Condition(
        Part.PRODUCT,
        "Dose as planned within tolerance",
        ("DOS-DOSE-TOLERANCE", "DOS-VOLUME"),
        after=(*_NO_UNIT, "DOS-WEIGHT", "DOS-PRODUCT-VIABILITY"),
    ),
    Condition(Part.PEOPLE, "Who infuses", ("DOS-PERFORMER",)),
    Condition(Part.PEOPLE, "Identity signed by who infuses", ("DOS-IDENTITY-FIRST",)),
    Condition(Part.PEOPLE, "Second person", ("DOS-VERIFIER", "DOS-PEOPLE-SAME", "DOS-VERIFIER-DELEGATION")),
)
