"""An infusion as a program is told of it: the guard, the dose, and what can be signed now with the hash of it."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dosing.models import Infusion, Interruption, PreDoseCheck, Premedication, ProductUnit
from dosing.rules.dose import DoseComputation
from dosing.rules.exposure import Exposure
from dosing.rules.running_time import RunningTime
from dosing.rules.states import NOT_STARTED, InfusionState
from dosing.selectors.checklist import guard_view
from dosing.selectors.course import interruptions_of, running_time_of
from dosing.selectors.exposure import exposure_of
from dosing.selectors.guard import covers
from dosing.services.doses import given_dose, planned_dose
from dosing.services.identity_checks import identity_content, identity_decision
from dosing.services.pre_dose import signoff_content, signoff_decision
from trial.edge.context import TrialContext
from trial.errors import RuleViolation
from trial.models import ElectronicSignature
from trial.permissions import Permission
from trial.rules.decision import Reason
from trial.rules.states import Meaning
from trial.services.signatures import content_hash

_NOT_WAITING = Reason(
    "DOS-STARTED", "The infusion is not waiting to be started.", "House rule: an infusion starts once"
)


@dataclass(frozen=True, slots=True)
class Guard:
    reasons: tuple[Reason, ...]
    earliest_at: datetime | None

    @property
    def allowed(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, slots=True)
class ToSign:
    meaning: str
    content: dict[str, Any]
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InfusionAnswer:
    infusion: Infusion
    guard: Guard
    product: ProductUnit | None
    pre_dose: PreDoseCheck | None
    dose: DoseComputation | None
    first_identity_check: ElectronicSignature | None
    identity_check: ElectronicSignature | None
    sign_off: ElectronicSignature | None
    to_sign: tuple[ToSign, ...]
    running_time: RunningTime | None
    interruptions: tuple[Interruption, ...]
    premedication: tuple[Premedication, ...]
    exposure: Exposure


def infusion_answer(trial: TrialContext, infusion: Infusion) -> InfusionAnswer:
    """A fixed number of queries. ``infusion`` comes from ``infusion_or_404``."""
    prepared = copy(infusion)
    view = guard_view(prepared, performer=infusion.performed_by or trial.user, at=trial.at)
    waiting = InfusionState(infusion.state) in NOT_STARTED
    administering = trial.check(Permission.INFUSION_ADMINISTER, site=infusion.subject.site)
    reasons: tuple[Reason, ...] = (_NOT_WAITING,)
    if waiting:
        reasons = administering.reasons + view.decision.reasons
    check: PreDoseCheck | None = getattr(infusion, "pre_dose_check", None)
    interruptions = interruptions_of(infusion)
    first = infusion.first_identity_signature
    return InfusionAnswer(
        infusion=infusion,
        guard=Guard(reasons, view.earliest_at),
        product=prepared.unit,
        pre_dose=check,
        dose=_dose(prepared),
        # A signature over another unit than the one now meant is none.
        first_identity_check=first if first is not None and covers(first, prepared) else None,
        identity_check=infusion.identity_signature if view.facts.verifier else None,
        sign_off=check.signoff_signature if view.facts.day.signed_off_at and check else None,
        to_sign=tuple(_to_sign(prepared)),
        running_time=running_time_of(infusion, interruptions, at=trial.at),
        interruptions=tuple(interruptions),
        premedication=tuple(infusion.premedications.select_related("given_by")),
        exposure=exposure_of(infusion.subject),
    )


def _dose(infusion: Infusion) -> DoseComputation | None:
    """None while weight or viability are not known."""
    try:
        return given_dose(infusion) if infusion.ended_at else planned_dose(infusion)
    except RuleViolation:
        return None


def _to_sign(infusion: Infusion) -> Iterator[ToSign]:
    unit = infusion.unit
    if unit is not None and identity_decision(infusion, unit, first=True).allowed:
        yield _signable(Meaning.IDENTITY_CHECK, identity_content(infusion, unit))
    if infusion.number > 1 and signoff_decision(infusion).allowed:
        yield _signable(Meaning.INTER_INFUSION, signoff_content(infusion))


def _signable(meaning: Meaning, content: dict[str, Any]) -> ToSign:
    return ToSign(meaning.value, content, content_hash(content))
