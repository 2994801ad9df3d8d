"""The page of an infusion before its start: what is still missing, and the controls that clear it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dosing.forms.day import DayForm
from dosing.forms.identity import IdentityForm
from dosing.forms.infusion import LateStartForm, NotGivenForm, StartForm
from dosing.forms.preparation import PremedicationForm, PreparationForm
from dosing.models import Infusion, ProductUnit
from dosing.selectors.checklist import GuardView, checklist
from dosing.selectors.guard import covers
from dosing.services.identity_checks import identity_content, identity_decision
from dosing.services.pre_dose import signoff_decision
from dosing.views.dose_steps import dose_shown
from dosing.views.infusion_facts import check_values, giving_days, identity_summary
from trial.edge.context import TrialContext
from trial.permissions import Permission
from trial.rules.states import Meaning
from trial.services.signatures import content_hash

if TYPE_CHECKING:
    from dosing.views.bedside import Answered

_OVERDUE = "DOS-INTERVAL-REASON"
_UNLIKELY_WEIGHT = "DOS-WEIGHT-CONFIRM"


def waiting_context(trial: TrialContext, infusion: Infusion, view: GuardView, answered: Answered) -> dict[str, Any]:
    subject = infusion.subject
    unit = infusion.unit
    codes = view.decision.codes
    # The reason for an overdue interval is typed beside the button: it does not lock it.
    blocked = tuple(reason for reason in view.decision.reasons if reason.code != _OVERDUE)
    administering = trial.check(Permission.INFUSION_ADMINISTER, site=subject.site)
    check = getattr(infusion, "pre_dose_check", None)
    parts = checklist(view)
    return {
        "parts": [
            {
                "label": part.label,
                "open": part.open,
                "items": check_values(part, view, infusion, performer=trial.user.printed_name),
            }
            for part in parts
        ],
        "open_count": sum(part.open for part in parts),
        "earliest_at": view.earliest_at,
        "giving_days": giving_days(view.facts, infusion),
        "unit": unit,
        "dose": dose_shown(infusion, unit),
        "day_form": answered.form_of("day") or DayForm(check=check, timezone=subject.site.timezone),
        "ask_weight_again": any(reason.code == _UNLIKELY_WEIGHT for reason in answered.outcome.reasons)
        or bool(check and check.weight_confirmed_note),
        "day_is_complete": not {"DOS-WEIGHT", "DOS-PREGNANCY", "DOS-LABORATORY"} & set(codes),
        "prepare_form": answered.form_of("prepare") or PreparationForm(infusion=infusion),
        "premedication_form": answered.form_of("premedication") or PremedicationForm(),
        "signoff": signoff_decision(infusion) if infusion.number > 1 else None,
        "is_signed_off": "DOS-SIGNOFF" not in codes,
        "start_form": answered.form_of("start") or StartForm(overdue=_OVERDUE in codes),
        "start_blocked": (*administering.reasons, *blocked),
        "late_form": answered.form_of("late") or LateStartForm(),
        "may_report_breach": trial.may(Permission.BREACH_RECORD, site=subject.site),
        "not_given_form": answered.form_of("not_given") or NotGivenForm(),
        "verified": view.facts.verifier,
        **_identity(infusion, unit, answered),
    }


def _identity(infusion: Infusion, unit: ProductUnit | None, answered: Answered) -> dict[str, Any]:
    """The boxes in which the first and the second person sign, while there is a unit at the bedside to check."""
    first = infusion.first_identity_signature
    is_identified = first is not None and unit is not None and covers(first, infusion)
    context: dict[str, Any] = {"is_identified": is_identified, "first_form": None, "identity_form": None}
    if unit is None:
        return context
    return context | {
        "first_form": answered.form_of("first") or identity_form(infusion, unit, first=True),
        "first_blocked": identity_decision(infusion, unit, first=True).reasons,
        "identity_form": answered.form_of("identity") or identity_form(infusion, unit, first=False),
        "identity_blocked": identity_decision(infusion, unit, first=False).reasons,
        "identity_hash": content_hash(identity_content(infusion, unit)),
        "identity_summary": identity_summary(infusion, unit),
    }


def identity_form(infusion: Infusion, unit: ProductUnit, data: object = None, *, first: bool) -> IdentityForm:
    seen = content_hash(identity_content(infusion, unit))
    auto_id = "first-%s" if first else "identity-%s"
    return IdentityForm(data, meaning=Meaning.IDENTITY_CHECK, content_hash=seen, auto_id=auto_id)
