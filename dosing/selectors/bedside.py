"""What stands around one infusion: the unit meant for it, the one at the bedside, the weight before this one."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from django.db.models import Q

from dosing.models import Infusion, PreDoseCheck, ProductUnit
from dosing.rules.day_entry import EarlierWeight
from dosing.rules.states import UnitState
from dosing.rules.unit_code import read_unit_code
from enrollment.models import Allocation, Subject
from enrollment.selectors.eligibility import current_screening
from trial.models import DosingHold

_MEANT = (UnitState.ASSIGNED, UnitState.ISSUED, UnitState.INFUSED)


def unit_meant(infusion: Infusion) -> ProductUnit | None:
    """The unit that the pharmacy means for the infusion: the latest, after another one was taken out."""
    meant = ProductUnit.objects.filter(
        assigned_subject=infusion.subject_id, assigned_infusion_number=infusion.number, state__in=_MEANT
    )
    found = meant.select_related("lot", "issued_by").order_by("-id").first()
    return found or infusion.unit


def earlier_weight(infusion: Infusion) -> EarlierWeight | None:
    """The weight before this one (kg): of the latest earlier infusion that has one, else of screening."""
    checks = PreDoseCheck.objects.filter(
        infusion__subject=infusion.subject_id, infusion__number__lt=infusion.number, weight_kg__isnull=False
    )
    found = checks.order_by("-infusion__number").values_list("weight_kg", "infusion__number").first()
    if found and found[0] is not None:
        return EarlierWeight(found[0], f"infusion {found[1]}")
    screened = _screened_weight(infusion)
    return None if screened is None else EarlierWeight(screened, "screening")


def _screened_weight(infusion: Infusion) -> Decimal | None:
    written = current_screening(infusion.subject).facts.get("weight_kg")
    try:
        weight = Decimal(str(written)) if written is not None else None
    except InvalidOperation:
        return None
    return weight if weight is not None and weight.is_finite() and weight > 0 else None


def unit_of_code(infusion: Infusion, text: str) -> ProductUnit | None:
    """The unit whose label was scanned or typed, whoever it is meant for; None where no unit of the study has it."""
    code = read_unit_code(text)
    if code is None:
        return None
    units = ProductUnit.objects.filter(lot__study=infusion.subject.study_id).select_related("lot", "issued_by")
    if code.identifier is not None:
        return units.filter(uuid=code.identifier).first()
    return units.filter(lot__number=code.lot, number=code.number).first()


def holds_over(subject: Subject) -> tuple[str, ...]:
    """Why dosing of this subject, of its cohort or of the study is held now. One query."""
    cohort = Allocation.objects.filter(subject=subject, vacated_at__isnull=True).values("slot__cohort")
    whole_study = Q(cohort__isnull=True, subject_code="")
    mine = whole_study | Q(subject_code=subject.code) | Q(cohort__in=cohort)
    rows = DosingHold.objects.filter(mine, study=subject.study_id, lifted_at__isnull=True).order_by("placed_at", "id")
    return tuple(rows.values_list("reason", flat=True))
