"""Explain whether an infusion may start: the dosing guard, for facts from a document."""

from __future__ import annotations

from datetime import date, datetime

from dosing.rules.guard import may_start
from dosing.rules.guard_facts import (
    Attendant,
    Clearance,
    Consent,
    DayFacts,
    EarlierInfusion,
    Eligibility,
    FirstCheck,
    GuardFacts,
    Hold,
    Period,
    Product,
)
from dosing.rules.guard_intervals import earliest_start
from dosing.rules.states import DoseModel
from enrollment.rules.reconsent import RequiredConsent
from reports.explain.infusion_input import (
    ALWAYS,
    DayInput,
    EligibilityInput,
    HoldInput,
    InfusionInput,
    PersonInput,
    ProductInput,
)
from trial.documents.parsing import parse
from trial.documents.problems import InputProblems
from trial.protocol.schema import ProtocolDefinition

KEYS_HELP = """\
explain infusion: may this infusion start, and if not, every reason why not

in (a missing key and null both mean "not known", which is never enough):
  at                    the moment of the question
  started_at            the start to be recorded; without it at. An earlier one than the tolerance is a late entry
  late_entry_reason     its reason
  subject               code of the subject
  infusion_number       1 is the first
  same_protocol_version the infusion was planned under the version the subject is on
  can_be_pregnant       false lets the pregnancy test be not_applicable
  died_at, withdrawn_on, lost_on
  slot                  {cohort, allocated_at, vacated_at}; null: no slot
  clearances            [{opened_at, revoked_at, revoked_reason, valid_until, read_at}] of the cohort; read_at: when who
                        infuses confirmed having read the decision. The first cohort opens without one
  holds                 [{scope study|cohort|subject, reason, placed_at, lifted_at}] that concern this subject;
                        without placed_at: in force since ever
  consents              [{version, approved_on, given_at, withdrawn_at}], the signed ones
  required_consents     [{version, approved_on}] that whoever signed an older one must sign again
  eligibility           {signed_at, intact, verdict eligible|ineligible|pending, stands_until}: the signed verdict, and
                        the last day for a first infusion on its results (null: none of them expires)
  earlier_infusions     [{number, state, started_at, ended_at}] of this subject
                        state: PLANNED CLEARED PRODUCT_ISSUED RUNNING PAUSED COMPLETED STOPPED_EARLY NOT_GIVEN
  cohort_infusions      [{subject, number, started_at}] of the others of the cohort, also of those who left it
  interval_reason       why an overdue infusion is given all the same
  product               {lot_state QUARANTINED|RELEASED|REJECTED, lot_released_at, lot_expires_at,
                        failed_tests [labels],
                        unit_state IN_STOCK|ASSIGNED|ISSUED|INFUSED|RETURNED|QUARANTINED|DESTROYED,
                        issued_at, use_by_at, viability (fraction), assigned_to, assigned_infusion,
                        quarantines [{began_at, decided_at}], total_cells, volume_ml};
                        null: no unit at the bedside
  dose_model            VOLUME: the volume worked out is drawn (without it this) | BAG: all that the unit holds is given
  performer             {username, role, delegated}: who infuses; role is read, without effect
  first_check           {username, signed_at}: the performer's own signature over subject, infusion and unit
  verifier              {username, role, delegated, signed_at}: who checked the same as the second person
  day                   {weight_kg, weight_measured_at, pregnancy_result negative|positive|invalid|not_applicable,
                        pregnancy_collected_at, laboratory_collected_at, laboratory_acceptable,
                        signed_off_at (by an investigator, since the previous infusion)}

Times carry an offset or are site-local.

out:
  allowed, reasons      [{code, message, source}]
  earliest_at           the first instant at which no interval stands in the way, as known at the start asked about;
                        null while the infusion before has not begun
"""


def explain(document: object, definition: ProtocolDefinition) -> dict[str, object]:
    """The guard's answer to the document's infusion under ``definition``. Raises InputProblems."""
    given = parse(InfusionInput, document, definition=definition)
    started_at = given.started_at or given.at
    facts = _facts(given, definition=definition, at=started_at)
    decision = may_start(
        facts,
        facts_now=_facts(given, definition=definition, at=given.at),
        regimen=definition.regimen,
        product=definition.product,
        started_at=started_at,
        at=given.at,
        late_entry_reason=given.late_entry_reason or "",
    )
    return {
        "allowed": decision.allowed,
        "reasons": decision.reasons,
        "earliest_at": earliest_start(facts, regimen=definition.regimen, at=started_at),
    }


def _facts(given: InfusionInput, *, definition: ProtocolDefinition, at: datetime) -> GuardFacts:
    cohort = _cohort(given, definition=definition, at=at)
    withdrawn = [c.withdrawn_at for c in given.consents or () if c.withdrawn_at]
    return GuardFacts(
        subject=given.subject,
        infusion_number=given.infusion_number,
        timezone=definition.timezone,
        same_protocol_version=given.same_protocol_version is True,
        cohort_number=cohort,
        cohort_infusions=definition.cohort(cohort).infusions if cohort else None,
        can_be_pregnant=given.can_be_pregnant,
        died_at=given.died_at,
        withdrawn_on=given.withdrawn_on,
        lost_on=given.lost_on,
        clearances=_clearances(given, is_decided=cohort != definition.cohorts[0].number),
        holds=tuple(_hold(hold) for hold in given.holds or ()),
        consents=_consents(given),
        consent_withdrawn_at=min(withdrawn, default=None),
        required_consents=tuple(
            RequiredConsent(version=r.version or "?", approved_on=r.approved_on) for r in given.required_consents or ()
        ),
        eligibility=_eligibility(given.eligibility),
        earlier=tuple(
            EarlierInfusion(number=i.number, state=i.state, started_at=i.started_at, ended_at=i.ended_at)
            for i in given.earlier_infusions or ()
        ),
        cohort_first_infusions=tuple(
            i.started_at for i in given.cohort_infusions or () if i.number == 1 and i.subject != given.subject
        ),
        interval_reason=given.interval_reason or "",
        product=_product(given.product),
        dose_model=given.dose_model or DoseModel.VOLUME,
        performer=_person(given.performer),
        first_check=_first_check(given),
        verifier=_person(given.verifier),
        day=_day(given.day or DayInput()),
    )


def _cohort(given: InfusionInput, *, definition: ProtocolDefinition, at: datetime) -> int | None:
    """The cohort whose slot the subject holds at that time."""
    slot = given.slot
    if slot is None or slot.cohort is None:
        return None
    numbers = [cohort.number for cohort in definition.cohorts]
    if slot.cohort not in numbers:
        raise InputProblems.single("slot.cohort", f"must be one of {', '.join(map(str, numbers))}")
    held = Period(starts_at=slot.allocated_at or ALWAYS, ends_at=slot.vacated_at)
    return slot.cohort if held.covers(at) else None


def _clearances(given: InfusionInput, *, is_decided: bool) -> tuple[Clearance, ...]:
    """One whose opening is not known has opened nothing."""
    return tuple(
        Clearance(
            opened_at=c.opened_at,
            revoked_at=c.revoked_at,
            revoked_reason=c.revoked_reason or "",
            valid_until=c.valid_until,
            is_decided=is_decided,
            read_at=c.read_at,
        )
        for c in given.clearances or ()
        if c.opened_at is not None
    )


def _consents(given: InfusionInput) -> tuple[Consent, ...]:
    """One of which nobody knows when it was given was not given."""
    return tuple(
        Consent(
            in_force=Period(starts_at=c.given_at, ends_at=c.withdrawn_at),
            version=c.version or "?",
            approved_on=c.approved_on or date.min,
        )
        for c in given.consents or ()
        if c.given_at is not None
    )


def _hold(hold: HoldInput) -> Hold:
    in_force = Period(starts_at=hold.placed_at or ALWAYS, ends_at=hold.lifted_at)
    return Hold(scope=hold.scope, reason=hold.reason or "no reason given", in_force=in_force)


def _eligibility(signed: EligibilityInput | None) -> Eligibility | None:
    if signed is None:
        return None
    return Eligibility(
        signed_at=signed.signed_at, intact=signed.intact, verdict=signed.verdict, stands_until=signed.stands_until
    )


def _product(unit: ProductInput | None) -> Product | None:
    if unit is None:
        return None
    return Product(
        lot_state=unit.lot_state,
        lot_released_at=unit.lot_released_at,
        lot_expires_at=unit.lot_expires_at,
        unit_state=unit.unit_state,
        issued_at=unit.issued_at,
        use_by_at=unit.use_by_at,
        viability=unit.viability,
        assigned_to=unit.assigned_to,
        assigned_infusion=unit.assigned_infusion,
        failed_tests=unit.failed_tests or (),
        quarantines=tuple(Period(starts_at=q.began_at or ALWAYS, ends_at=q.decided_at) for q in unit.quarantines or ()),
        total_cells=unit.total_cells,
        volume_ml=unit.volume_ml,
    )


def _first_check(given: InfusionInput) -> FirstCheck | None:
    first = given.first_check
    return None if first is None else FirstCheck(username=first.username, signed_at=first.signed_at)


def _person(person: PersonInput | None) -> Attendant | None:
    if person is None:
        return None
    return Attendant(username=person.username, delegated=person.delegated is True, signed_at=person.signed_at)


def _day(day: DayInput) -> DayFacts:
    return DayFacts(
        weight_kg=day.weight_kg,
        weight_measured_at=day.weight_measured_at,
        pregnancy_result=day.pregnancy_result,
        pregnancy_collected_at=day.pregnancy_collected_at,
        laboratory_collected_at=day.laboratory_collected_at,
        laboratory_acceptable=day.laboratory_acceptable,
        signed_off_at=day.signed_off_at,
    )
