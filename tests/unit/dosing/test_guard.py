"""The dosing guard: one thing wrong, one reason; every bound on it and just past it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from dosing.rules.guard_facts import Attendant, Clearance, Eligibility, FirstCheck, GuardFacts, HoldScope, Period
from dosing.rules.states import DoseModel, InfusionState, LotState, PregnancyResult, UnitState
from enrollment.rules.reconsent import RequiredConsent
from tests.builders.guard import (
    AT,
    SECOND,
    ago,
    at,
    decided,
    first_infusion,
    hold,
    ok_consent,
    ok_day,
    ok_guard_facts,
    ok_second_infusion,
)
from tests.unit.dosing.guard_cases import (
    DEFINITION,
    after_first,
    clearance,
    codes,
    consent,
    day,
    eligibility,
    held,
    product,
    second,
    verifier,
)

POSITIVE, INVALID = PregnancyResult.POSITIVE, PregnancyResult.INVALID
NOT_APPLICABLE = PregnancyResult.NOT_APPLICABLE


def bag(cells: str) -> GuardFacts:
    """All of a bag for 61.0 kg, in which every cell lives."""
    return replace(product(total_cells=Decimal(cells), viability=Decimal(1)), dose_model=DoseModel.BAG)


# Facts with one thing wrong, and the one reason that follows.
REFUSED = [
    ("DOS-STUDY-HOLD", held(HoldScope.STUDY, placed_at=ago(days=1))),
    ("DOS-COHORT-HOLD", held(HoldScope.COHORT, placed_at=ago(days=1))),
    ("DOS-SUBJECT-HOLD", held(HoldScope.SUBJECT, placed_at=ago(days=1))),
    ("DOS-SLOT", ok_guard_facts(cohort_number=None, cohort_infusions=None)),
    ("DOS-COHORT-CLOSED", ok_guard_facts(clearances=())),
    ("DOS-COHORT-REVOKED", clearance(revoked_at=ago(days=1), revoked_reason="An event")),
    ("DOS-COHORT-EXPIRED", clearance(valid_until=ago(days=1))),
    ("DOS-DIED", ok_guard_facts(died_at=ago(hours=1))),
    ("DOS-WITHDRAWN", ok_guard_facts(withdrawn_on=date(2026, 3, 1))),
    ("DOS-LOST", ok_guard_facts(lost_on=date(2026, 3, 1))),
    ("DOS-VERSION", ok_guard_facts(same_protocol_version=False)),
    ("DOS-CONSENT", ok_guard_facts(consents=())),
    ("DOS-CONSENT", ok_guard_facts(consent_withdrawn_at=ago(days=1))),
    (
        "DOS-RECONSENT",
        ok_guard_facts(required_consents=(RequiredConsent(version="2.0", approved_on=date(2026, 3, 1)),)),
    ),
    ("DOS-ELIGIBILITY-UNSIGNED", ok_guard_facts(eligibility=None)),
    ("DOS-ELIGIBILITY-BROKEN", eligibility(intact=False)),
    ("DOS-ELIGIBILITY-VERDICT", eligibility(verdict="pending")),
    ("DOS-ELIGIBILITY-EXPIRED", eligibility(stands_until=date(2026, 3, 11))),
    ("DOS-NUMBER", second(cohort_infusions=1)),
    ("DOS-SEQUENCE", after_first(at(-28), state=InfusionState.RUNNING)),
    ("DOS-SENTINEL", ok_guard_facts(cohort_first_infusions=(at(-10),))),
    ("DOS-STAGGER", ok_guard_facts(cohort_first_infusions=(at(-20), at(-3)))),
    ("DOS-INTERVAL", after_first(at(-20))),
    ("DOS-INTERVAL-REASON", after_first(at(-40))),
    ("DOS-INTERVAL-REASON", second(earlier=(first_infusion(started_at=at(-40)),), interval_reason="  ")),
    ("DOS-WEIGHT", day(weight_kg=None, weight_measured_at=None)),
    ("DOS-PREGNANCY", day(pregnancy_result=None, pregnancy_collected_at=None)),
    ("DOS-PREGNANCY", day(pregnancy_result=POSITIVE)),
    ("DOS-PREGNANCY", day(pregnancy_result=INVALID)),
    ("DOS-PREGNANCY", day(pregnancy_result=NOT_APPLICABLE)),
    ("DOS-PREGNANCY", ok_guard_facts(can_be_pregnant=None, day=ok_day(pregnancy_result=NOT_APPLICABLE))),
    ("DOS-LABORATORY", day(laboratory_acceptable=None)),
    ("DOS-LABORATORY", day(laboratory_acceptable=False)),
    ("DOS-LABORATORY", day(laboratory_collected_at=None)),
    ("DOS-SIGNOFF", second(day=ok_day(signed_off_at=None))),
    ("DOS-PRODUCT-MISSING", ok_guard_facts(product=None)),
    ("DOS-PRODUCT-UNRELEASED", product(lot_state=LotState.QUARANTINED, lot_released_at=None)),
    ("DOS-PRODUCT-UNRELEASED", product(lot_state=LotState.REJECTED)),
    ("DOS-PRODUCT-UNRELEASED", product(lot_released_at=None)),
    ("DOS-PRODUCT-TEST", product(failed_tests=("Sterility culture",))),
    ("DOS-PRODUCT-EXPIRED", product(use_by_at=None)),
    ("DOS-PRODUCT-ASSIGNED", product(assigned_to="01-003")),
    ("DOS-PRODUCT-ASSIGNED", product(assigned_infusion=2)),
    ("DOS-PRODUCT-ASSIGNED", product(assigned_to=None, assigned_infusion=None)),
    ("DOS-PRODUCT-NOT-ISSUED", product(unit_state=UnitState.ASSIGNED)),
    ("DOS-PRODUCT-NOT-ISSUED", product(unit_state=UnitState.INFUSED)),
    ("DOS-PRODUCT-NOT-ISSUED", product(issued_at=None)),
    ("DOS-PRODUCT-VIABILITY", product(viability=None)),
    ("DOS-PERFORMER", ok_guard_facts(performer=None)),
    ("DOS-PERFORMER", ok_guard_facts(performer=Attendant(username="nurse", delegated=False))),
    ("DOS-DECISION-UNREAD", second(clearances=(decided(read_at=None),))),
    ("DOS-PRODUCT-QUARANTINED", product(quarantines=(Period(starts_at=ago(hours=1)),))),
    ("DOS-DOSE-TOLERANCE", product(total_cells=None)),
    ("DOS-DOSE-TOLERANCE", product(volume_ml=None)),
    ("DOS-DOSE-TOLERANCE", product(total_cells=Decimal("1E-9"))),
    ("DOS-VOLUME", product(total_cells=Decimal("6.8E7"))),
    ("DOS-IDENTITY-FIRST", ok_guard_facts(first_check=None)),
    ("DOS-IDENTITY-FIRST", ok_guard_facts(first_check=FirstCheck(username="nurse3", signed_at=ago(minutes=6)))),
    ("DOS-IDENTITY-FIRST", ok_guard_facts(first_check=FirstCheck(username="nurse", signed_at=None))),
    ("DOS-VERIFIER", ok_guard_facts(verifier=None)),
    ("DOS-VERIFIER", verifier(signed_at=None)),
    ("DOS-PEOPLE-SAME", verifier(username="nurse")),
    ("DOS-VERIFIER-DELEGATION", verifier(delegated=False)),
]


# On the bound nothing stands against the infusion; one step past it exactly the named reason does.
BOUNDS = [
    ("DOS-STUDY-HOLD", held(HoldScope.STUDY, placed_at=AT + SECOND), held(HoldScope.STUDY, placed_at=AT)),
    (
        "DOS-STUDY-HOLD",
        held(HoldScope.STUDY, placed_at=ago(days=1), lifted_at=AT),
        held(HoldScope.STUDY, placed_at=ago(days=1), lifted_at=AT + SECOND),
    ),
    ("DOS-COHORT-HOLD", held(HoldScope.COHORT, placed_at=AT + SECOND), held(HoldScope.COHORT, placed_at=AT)),
    ("DOS-SUBJECT-HOLD", held(HoldScope.SUBJECT, placed_at=AT + SECOND), held(HoldScope.SUBJECT, placed_at=AT)),
    ("DOS-COHORT-CLOSED", clearance(opened_at=AT), clearance(opened_at=AT + SECOND)),
    (
        "DOS-COHORT-REVOKED",
        clearance(revoked_at=AT + SECOND, revoked_reason="An event"),
        clearance(revoked_at=AT, revoked_reason="An event"),
    ),
    ("DOS-COHORT-EXPIRED", clearance(valid_until=AT + SECOND), clearance(valid_until=AT)),
    ("DOS-DIED", ok_guard_facts(died_at=AT + SECOND), ok_guard_facts(died_at=AT)),
    (
        "DOS-WITHDRAWN",
        ok_guard_facts(withdrawn_on=date(2026, 3, 13)),
        ok_guard_facts(withdrawn_on=date(2026, 3, 12)),
    ),
    ("DOS-LOST", ok_guard_facts(lost_on=date(2026, 3, 13)), ok_guard_facts(lost_on=date(2026, 3, 12))),
    ("DOS-CONSENT", consent(in_force=Period(starts_at=AT)), consent(in_force=Period(starts_at=AT + SECOND))),
    (
        "DOS-CONSENT",
        consent(in_force=Period(starts_at=ago(days=9), ends_at=AT + SECOND)),
        consent(in_force=Period(starts_at=ago(days=9), ends_at=AT)),
    ),
    ("DOS-CONSENT", ok_guard_facts(consent_withdrawn_at=AT + SECOND), ok_guard_facts(consent_withdrawn_at=AT)),
    (
        "DOS-RECONSENT",
        ok_guard_facts(required_consents=(RequiredConsent(version="2.0", approved_on=date(2026, 3, 13)),)),
        ok_guard_facts(required_consents=(RequiredConsent(version="2.0", approved_on=date(2026, 3, 12)),)),
    ),
    (
        "DOS-RECONSENT",
        ok_guard_facts(required_consents=(RequiredConsent(version="1.0", approved_on=date(2026, 1, 5)),)),
        ok_guard_facts(required_consents=(RequiredConsent(version="1.1", approved_on=date(2026, 1, 6)),)),
    ),
    ("DOS-ELIGIBILITY-UNSIGNED", eligibility(signed_at=AT), eligibility(signed_at=AT + SECOND)),
    (
        "DOS-ELIGIBILITY-EXPIRED",
        eligibility(stands_until=date(2026, 3, 12)),
        eligibility(stands_until=date(2026, 3, 11)),
    ),
    ("DOS-NUMBER", second(cohort_infusions=2), second(cohort_infusions=1)),
    (
        "DOS-SENTINEL",
        ok_guard_facts(cohort_first_infusions=(at(-14),)),
        ok_guard_facts(cohort_first_infusions=(at(-13),)),
    ),
    (
        "DOS-STAGGER",
        ok_guard_facts(cohort_first_infusions=(at(-30), at(-7))),
        ok_guard_facts(cohort_first_infusions=(at(-30), at(-6))),
    ),
    ("DOS-INTERVAL", after_first(at(-28)), after_first(at(-27))),
    ("DOS-INTERVAL-REASON", after_first(at(-35)), after_first(at(-36))),
    (
        "DOS-INTERVAL-REASON",
        second(earlier=(first_infusion(started_at=at(-36)),), interval_reason="The ward was closed"),
        after_first(at(-36)),
    ),
    ("DOS-WEIGHT", day(weight_measured_at=ago(hours=24)), day(weight_measured_at=ago(hours=24, seconds=1))),
    ("DOS-WEIGHT", day(weight_measured_at=AT), day(weight_measured_at=AT + SECOND)),
    ("DOS-PREGNANCY", day(pregnancy_collected_at=ago(hours=72)), day(pregnancy_collected_at=ago(hours=72, seconds=1))),
    ("DOS-PREGNANCY", day(pregnancy_collected_at=AT), day(pregnancy_collected_at=AT + SECOND)),
    (
        "DOS-PREGNANCY",
        ok_guard_facts(can_be_pregnant=False, day=ok_day(pregnancy_result=NOT_APPLICABLE, pregnancy_collected_at=None)),
        day(pregnancy_result=NOT_APPLICABLE, pregnancy_collected_at=None),
    ),
    (
        "DOS-LABORATORY",
        day(laboratory_collected_at=ago(hours=168)),
        day(laboratory_collected_at=ago(hours=168, seconds=1)),
    ),
    (
        "DOS-LABORATORY",
        second(day=ok_day(laboratory_collected_at=ago(hours=72))),
        second(day=ok_day(laboratory_collected_at=ago(hours=72, seconds=1))),
    ),
    ("DOS-LABORATORY", day(laboratory_collected_at=AT), day(laboratory_collected_at=AT + SECOND)),
    ("DOS-SIGNOFF", second(day=ok_day(signed_off_at=AT)), second(day=ok_day(signed_off_at=AT + SECOND))),
    (
        "DOS-SIGNOFF",
        second(day=ok_day(signed_off_at=ago(hours=24))),
        second(day=ok_day(signed_off_at=ago(hours=24, seconds=1))),
    ),
    ("DOS-PRODUCT-UNRELEASED", product(lot_released_at=AT), product(lot_released_at=AT + SECOND)),
    ("DOS-PRODUCT-EXPIRED", product(use_by_at=AT + SECOND), product(use_by_at=AT)),
    ("DOS-PRODUCT-EXPIRED", product(lot_expires_at=AT + SECOND), product(lot_expires_at=AT)),
    ("DOS-PRODUCT-NOT-ISSUED", product(issued_at=AT), product(issued_at=AT + SECOND)),
    (
        "DOS-PRODUCT-VIABILITY",
        product(total_cells=Decimal("1E8"), viability=Decimal("0.70")),
        product(total_cells=Decimal("1E8"), viability=Decimal("0.6999")),
    ),
    (
        "DOS-DECISION-UNREAD",
        second(clearances=(decided(read_at=AT),)),
        second(clearances=(decided(read_at=AT + SECOND),)),
    ),
    (
        "DOS-PRODUCT-QUARANTINED",
        product(quarantines=(Period(starts_at=ago(days=2), ends_at=AT), Period(starts_at=AT + SECOND))),
        product(quarantines=(Period(starts_at=ago(days=2), ends_at=AT + SECOND),)),
    ),
    ("DOS-DOSE-TOLERANCE", bag("6.71E7"), bag("67100001")),
    ("DOS-DOSE-TOLERANCE", bag("5.49E7"), bag("54899999")),
    # 7.5 mL hold the dose of 61.0 kg exactly; of the other unit 7.56 mL are needed, drawn as 7.6.
    (
        "DOS-VOLUME",
        product(total_cells=Decimal("6.1E7"), viability=Decimal(1)),
        product(total_cells=Decimal("6.05E7"), viability=Decimal(1)),
    ),
    (
        "DOS-IDENTITY-FIRST",
        ok_guard_facts(first_check=FirstCheck(username="nurse", signed_at=AT)),
        ok_guard_facts(first_check=FirstCheck(username="nurse", signed_at=AT + SECOND)),
    ),
    ("DOS-VERIFIER", verifier(signed_at=AT), verifier(signed_at=AT + SECOND)),
]


def named(cases: list[tuple]) -> list:
    return [pytest.param(*case, id=case[0]) for case in cases]


@pytest.mark.parametrize("facts", [ok_guard_facts(), ok_second_infusion()], ids=["first", "second"])
def test_an_infusion_against_which_nothing_stands_may_start(facts):
    assert codes(facts) == ()


@pytest.mark.parametrize(("code", "facts"), named(REFUSED))
def test_one_thing_wrong_gives_its_one_reason(code, facts):
    assert codes(facts) == (code,)


@pytest.mark.parametrize(("code", "on_the_bound", "past_it"), named(BOUNDS))
def test_each_bound_on_it_and_just_past_it(code, on_the_bound, past_it):
    assert codes(on_the_bound) == ()
    assert codes(past_it) == (code,)


def test_every_reason_is_listed_at_once():
    nothing = GuardFacts(
        subject="01-002",
        infusion_number=2,
        timezone="Asia/Taipei",
        same_protocol_version=False,
        cohort_number=None,
        cohort_infusions=None,
        can_be_pregnant=None,
    )
    assert set(codes(nothing)) == {
        "DOS-SLOT",
        "DOS-VERSION",
        "DOS-CONSENT",
        "DOS-ELIGIBILITY-UNSIGNED",
        "DOS-SEQUENCE",
        "DOS-WEIGHT",
        "DOS-PREGNANCY",
        "DOS-LABORATORY",
        "DOS-SIGNOFF",
        "DOS-PRODUCT-MISSING",
        "DOS-PERFORMER",
        "DOS-IDENTITY-FIRST",
        "DOS-VERIFIER",
    }


def test_every_hold_is_a_reason_of_its_own():
    placed = {"placed_at": ago(days=1)}
    facts = ok_guard_facts(holds=tuple(hold(scope, **placed) for scope in (*HoldScope, HoldScope.STUDY)))
    assert codes(facts) == ("DOS-STUDY-HOLD", "DOS-COHORT-HOLD", "DOS-SUBJECT-HOLD", "DOS-STUDY-HOLD")


def test_a_cohort_opened_again_after_a_revocation_is_open():
    withdrawn = Clearance(opened_at=ago(days=60), revoked_at=ago(days=20), revoked_reason="An event")
    assert codes(ok_guard_facts(clearances=(withdrawn, Clearance(opened_at=ago(days=1))))) == ()


def test_the_latest_decision_in_force_is_the_one_to_be_read():
    earlier, later = decided(), decided(opened_at=ago(days=1), read_at=None)
    assert codes(second(clearances=(later, earlier))) == ("DOS-DECISION-UNREAD",)
    revoked = decided(opened_at=ago(days=1), read_at=None, revoked_at=ago(hours=2))
    assert codes(second(clearances=(revoked, earlier))) == ()


def test_a_unit_set_aside_is_neither_usable_nor_issued():
    assert codes(product(unit_state=UnitState.QUARANTINED)) == ("DOS-PRODUCT-QUARANTINED", "DOS-PRODUCT-NOT-ISSUED")


def test_who_checked_first_is_not_the_second_person_either():
    """Somebody else starts than who signed first, and the one who signed first signed second as well."""
    verified = verifier(username="nurse3")
    facts = replace(verified, first_check=FirstCheck(username="nurse3", signed_at=ago(minutes=6)))
    assert codes(facts) == ("DOS-IDENTITY-FIRST", "DOS-PEOPLE-SAME")


def test_the_dose_is_silent_about_what_is_a_reason_already():
    unknown = {"total_cells": None, "volume_ml": None}
    assert codes(product(viability=None, **unknown)) == ("DOS-PRODUCT-VIABILITY",)
    assert codes(ok_guard_facts(product=None)) == ("DOS-PRODUCT-MISSING",)
    assert codes(day(weight_kg=None, weight_measured_at=None)) == ("DOS-WEIGHT",)


def test_a_consent_signed_again_settles_what_was_required():
    required = (RequiredConsent(version="2.0", approved_on=date(2026, 2, 1)),)
    newer = ok_consent(version="2.0", approved_on=date(2026, 2, 1))
    assert codes(ok_guard_facts(consents=(ok_consent(), newer), required_consents=required)) == ()


@pytest.mark.parametrize(
    ("parameter", "code", "facts"),
    [
        ({"sentinel_days": 15}, "DOS-SENTINEL", ok_guard_facts()),
        ({"stagger_days": 15}, "DOS-STAGGER", ok_guard_facts()),
        ({"interval_days": 29}, "DOS-INTERVAL", ok_second_infusion()),
        ({"weight_max_age_hours": 1}, None, ok_guard_facts()),
        ({"pregnancy_test_max_age_hours": 2}, "DOS-PREGNANCY", ok_guard_facts()),
        ({"safety_laboratory_max_age_hours_first": 19}, "DOS-LABORATORY", ok_guard_facts()),
        ({"safety_laboratory_max_age_hours_later": 19}, "DOS-LABORATORY", ok_second_infusion()),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_the_limits_are_those_of_the_protocol(parameter, code, facts):
    changed = DEFINITION.model_copy(update={"regimen": DEFINITION.regimen.model_copy(update=parameter)})
    assert codes(facts, definition=changed) == ((code,) if code else ())


def test_results_of_screening_expire_at_the_first_infusion_alone():
    old = Eligibility(signed_at=ago(days=300), intact=True, verdict="eligible", stands_until=date(2025, 6, 1))
    assert codes(ok_guard_facts(eligibility=old)) == ("DOS-ELIGIBILITY-EXPIRED",)
    assert codes(second(eligibility=old)) == ()


def test_they_expire_with_the_day_of_the_site():
    """Midnight in Taipei is 16:00 in UTC."""
    facts = ok_guard_facts(eligibility=replace(ok_guard_facts().eligibility, stands_until=date(2026, 3, 11)))
    midnight = datetime(2026, 3, 11, 16, 0, tzinfo=UTC)
    assert "DOS-ELIGIBILITY-EXPIRED" not in codes(facts, when=midnight - SECOND)
    assert "DOS-ELIGIBILITY-EXPIRED" in codes(facts, when=midnight)
