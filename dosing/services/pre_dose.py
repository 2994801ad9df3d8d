"""The facts of the day, and the investigator's sign-off between two infusions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from dosing.models import Infusion, PreDoseCheck
from dosing.rules.day_entry import DayEntryFacts, may_record_day, may_sign_off
from dosing.rules.states import InfusionState, PregnancyResult
from dosing.selectors.bedside import earlier_weight, holds_over
from dosing.services.clearing import settle
from dosing.services.pregnancies import hold_for_pregnancy
from enrollment.rules.collection import against_preparation
from enrollment.selectors.consents import withdrawn_of
from trial.errors import require as require_allowed
from trial.models import User
from trial.permissions import Permission, require
from trial.rules.decision import Decision
from trial.rules.states import Meaning
from trial.services.regulated import regulated
from trial.services.signatures import Proof, content_hash, sign


@dataclass(frozen=True, slots=True, kw_only=True)
class DayEntry:
    """What was measured. ``None`` leaves what is on file as it is.

    ``weight_confirmed_note``: in words, that somebody weighed again and stands by a weight that differs much from the
    one before.
    """

    weight_kg: Decimal | None = None
    weight_measured_at: datetime | None = None
    pregnancy_result: PregnancyResult | None = None
    pregnancy_collected_at: datetime | None = None
    laboratory_collected_at: datetime | None = None
    laboratory_acceptable: bool | None = None
    weight_confirmed_note: str = ""


def record(*, infusion: Infusion, entry: DayEntry, reason: str, by: User, at: datetime) -> PreDoseCheck:
    """Record facts of the day before the start. A value on file is corrected only with a reason.

    A positive pregnancy test is a report of its own: it holds dosing of the participant (G46).
    """
    study = infusion.subject.study
    with regulated(by=by, act="pre_dose.record", study=study, reason=reason):
        require(by, Permission.INFUSION_PREPARE, study=study, at=at, site=infusion.subject.site)
        check = PreDoseCheck.objects.filter(infusion=infusion).first() or PreDoseCheck(infusion=infusion)
        infusion = Infusion.objects.select_related("subject__protocol_version").get(pk=infusion.pk)
        subject = infusion.subject
        ended = against_preparation(withdrawn=withdrawn_of(subject), lost_on=subject.lost_on, died_at=subject.died_at)
        facts = DayEntryFacts(
            state=InfusionState(infusion.state),
            weight_kg=entry.weight_kg,
            earlier=earlier_weight(infusion),
            confirmation=entry.weight_confirmed_note,
            measured_at=(entry.weight_measured_at, entry.pregnancy_collected_at, entry.laboratory_collected_at),
            changed=tuple(_apply(check, entry)),
            reason=reason,
            unpaired=tuple(_unpaired(entry)),
            ended=tuple(ended),
        )
        require_allowed(may_record_day(facts, regimen=subject.protocol_version.definition.regimen, at=at))
        if entry.weight_kg is not None:
            check.weight_confirmed_note = entry.weight_confirmed_note
        check.recorded_at, check.recorded_by = at, by
        check.save()
        if entry.pregnancy_result is PregnancyResult.POSITIVE:
            reason = f"The pregnancy test before infusion {infusion.number} is positive."
            hold_for_pregnancy(infusion.subject, reason=reason, by=by, at=at)
        settle(infusion, at=at)
        return check


def _unpaired(entry: DayEntry) -> Iterator[str]:
    """A value without its time would keep the age of the one before it."""
    if (entry.weight_kg is None) != (entry.weight_measured_at is None):
        yield "weight"
    tested = entry.pregnancy_result not in (None, PregnancyResult.NOT_APPLICABLE)
    if tested != (entry.pregnancy_collected_at is not None):
        yield "pregnancy test"
    if (entry.laboratory_acceptable is None) != (entry.laboratory_collected_at is None):
        yield "laboratory"


def _apply(check: PreDoseCheck, entry: DayEntry) -> list[str]:
    """Set what the entry brings; answers the names of values on file that it changes."""
    changed = []
    for field in fields(entry):
        if field.name == "weight_confirmed_note":
            continue
        value = getattr(entry, field.name)
        present = getattr(check, field.name)
        if value is None:
            continue
        if present not in (None, "") and present != value:
            changed.append(field.name)
        setattr(check, field.name, value)
    return changed


def signoff_content(infusion: Infusion) -> dict[str, Any]:
    return {"type": "inter_infusion_signoff", "subject": infusion.subject.code, "infusion": infusion.number}


def signoff_decision(infusion: Infusion) -> Decision:
    """Whether there is something to sign off now. Who may sign is asked for by permission."""
    rows = Infusion.objects.filter(subject=infusion.subject_id).values_list("number", "state")
    states = {number: InfusionState(state) for number, state in rows}
    return may_sign_off(
        number=infusion.number,
        state=states[infusion.number],
        previous=states.get(infusion.number - 1),
        holds=holds_over(infusion.subject),
    )


def sign_off(*, infusion: Infusion, proof: Proof, at: datetime) -> PreDoseCheck:
    """An investigator signs that no event since the previous infusion stands against this one.

    Source: Protocol, inter-infusion safety check; G30.
    """
    subject = infusion.subject
    with regulated(by=proof.user, act="pre_dose.sign_off", study=subject.study):
        role = require(proof.user, Permission.INTER_INFUSION_SIGN, study=subject.study, at=at, site=subject.site)
        require_allowed(signoff_decision(infusion))
        check = PreDoseCheck.objects.filter(infusion=infusion).first() or PreDoseCheck(
            infusion=infusion, recorded_at=at, recorded_by=proof.user
        )
        content = signoff_content(infusion)
        check.signoff_signature = sign(
            proof=proof,
            study=subject.study,
            role=role,
            meaning=Meaning.INTER_INFUSION,
            content=content,
            seen_sha256=content_hash(content),
            at=at,
        )
        check.save()
        settle(infusion, at=at)
        return check
