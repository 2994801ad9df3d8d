"""Departures from the protocol that an infusion shows by itself: raised once, in the transaction of the act."""

from __future__ import annotations

from datetime import datetime

from dosing.models import Infusion
from dosing.rules.dose import DoseComputation
from dosing.rules.dose_judgement import DoseFinding, judge_given
from trial.models import Deviation, User
from trial.rules.roles import Role
from trial.rules.states import DeviationCategory
from trial.services import deviations
from trial.services.notifications import holders, notify

_ASSESSORS = (Role.PRINCIPAL_INVESTIGATOR, Role.SUBINVESTIGATOR)


def raise_departure(
    infusion: Infusion,
    *,
    category: DeviationCategory,
    code: str,
    about: str,
    description: str,
    occurred_at: datetime,
    by: User,
    at: datetime,
) -> Deviation:
    """``about`` tells departures of one infusion apart; the same one is raised once."""
    subject = infusion.subject
    return deviations.raise_once(
        study=subject.study,
        site=subject.site,
        subject_code=subject.code,
        category=category,
        code=code,
        key=f"infusion:{infusion.pk}:{about}",
        reference=f"infusion:{infusion.pk}",
        description=f"{subject.code}, infusion {infusion.number}: {description}",
        occurred_at=occurred_at,
        by=by,
        at=at,
    )


def judge_dose(infusion: Infusion, dose: DoseComputation, *, by: User, at: datetime) -> DoseFinding:
    """A dose outside its tolerance is a deviation; one above it is to be assessed as a medication error. G35, G37."""
    gate = infusion.subject.protocol_version.definition.gate
    finding = judge_given(dose, evaluable_fraction=gate.evaluable_dose_fraction)
    if not finding.deviates:
        return finding
    raise_departure(
        infusion,
        category=DeviationCategory.DOSE,
        code="DOS-DOSE-TOLERANCE",
        about="dose",
        description=_dose_in_words(dose, finding, evaluable=f"{gate.evaluable_dose_fraction * 100:.0f} %"),
        occurred_at=infusion.ended_at or at,
        by=by,
        at=at,
    )
    if finding.is_high:
        _ask_for_assessment(infusion, dose, at=at)
    return finding


def _dose_in_words(dose: DoseComputation, finding: DoseFinding, *, evaluable: str) -> str:
    given = (
        f"{dose.given_million_per_kg} million cells/kg were given, {dose.deviation_percent:+} % from the target "
        f"(tolerance ±{dose.tolerance_percent} %)."
    )
    if finding.is_low:
        return f"{given} Below {evaluable} of the plan the participant is not evaluable without an event."
    if finding.is_high:
        return f"{given} To be assessed as a medication error."
    return given


def _ask_for_assessment(infusion: Infusion, dose: DoseComputation, *, at: datetime) -> None:
    study = infusion.subject.study
    notify(
        users=holders(study=study, roles=_ASSESSORS, on=at, site_id=infusion.subject.site_id),
        study=study,
        key=f"infusion:{infusion.pk}:overdose",
        title=f"Overdose at infusion {infusion.number} of {infusion.subject.code}: assess the medication error",
        body=f"{dose.given_million_per_kg} million cells/kg were given ({dose.deviation_percent:+} %).",
        path=f"/infusions/{infusion.pk}/",
        at=at,
    )
