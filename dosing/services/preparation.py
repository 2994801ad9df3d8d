"""What is prepared at the bedside before the start: the way into the vein, the line, the rate, the equipment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from dosing.models import Infusion
from dosing.rules.preparation import may_prepare
from dosing.rules.states import DoseModel, InfusionState
from dosing.selectors.guard import infusion_for_guard
from trial.errors import require
from trial.models import User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.services.regulated import regulated


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """``None`` or empty leaves what is on file as it is. ``equipment_checked``: emergency equipment, checked now."""

    access_site: str = ""
    line_filter: str = ""
    rate_ml_per_h: Decimal | None = None
    dose_model: DoseModel | None = None
    equipment_checked: bool = False


_WRITTEN = ("access_site", "line_filter", "rate_ml_per_h", "dose_model")


def prepare(*, infusion: Infusion, entry: Preparation, reason: str, by: User, at: datetime) -> Infusion:
    """Record the preparation. A value on file changes only with a reason; after the start nothing does."""
    study = infusion.subject.study
    with regulated(by=by, act="infusions.prepare", study=study, reason=reason):
        require_permission(by, Permission.INFUSION_PREPARE, study=study, at=at, site=infusion.subject.site)
        infusion = infusion_for_guard(infusion.pk)
        given = {name: getattr(entry, name) for name in _WRITTEN if getattr(entry, name)}
        # The way in which a dose comes out of its unit has a value from the beginning: choosing it is no correction.
        changed = [
            name
            for name, value in given.items()
            if name != "dose_model" and getattr(infusion, name) and getattr(infusion, name) != value
        ]
        require(may_prepare(state=InfusionState(infusion.state), changed=tuple(changed), reason=reason))
        for name, value in given.items():
            setattr(infusion, name, value)
        if entry.equipment_checked:
            infusion.emergency_equipment_checked_at = at
        infusion.save(update_fields=[*given, "emergency_equipment_checked_at"])
        return infusion
