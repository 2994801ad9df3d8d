"""What stands around one infusion: the unit meant for it, the weight of screening, who is due next."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from dosing.models import Infusion, ProductUnit
from dosing.rules.states import UnitState
from enrollment.selectors.eligibility import current_screening

_MEANT = (UnitState.ASSIGNED, UnitState.ISSUED, UnitState.INFUSED)


def unit_meant(infusion: Infusion) -> ProductUnit | None:
    """The unit that the pharmacy means for the infusion: the latest, after another one was taken out."""
    meant = ProductUnit.objects.filter(
        assigned_subject=infusion.subject_id, assigned_infusion_number=infusion.number, state__in=_MEANT
    )
    found = meant.select_related("lot", "issued_by").order_by("-id").first()
    return found or infusion.unit


def baseline_weight(infusion: Infusion) -> Decimal | None:
    """The body weight of screening (kg), if it is known and can be a weight."""
    written = current_screening(infusion.subject).facts.get("weight_kg")
    try:
        weight = Decimal(str(written)) if written is not None else None
    except InvalidOperation:
        return None
    return weight if weight is not None and weight.is_finite() and weight > 0 else None
