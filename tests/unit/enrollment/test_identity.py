"""When an identity may be recorded, corrected, opened: each condition on its own, met and not met."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from enrollment.rules.identity import (
    AFTER_WITHDRAWAL,
    PURPOSES,
    EntryFacts,
    VaultFacts,
    may_correct,
    may_enter,
    may_open,
    may_record,
    purposes_for,
    role_for,
)
from enrollment.rules.identity_document import entered, from_document, to_document
from enrollment.rules.states import OpeningPurpose, WithdrawalScope
from tests.builders.identities import person
from trial.permissions import TABLE, Permission
from trial.rules.roles import Role

TODAY = date(2026, 3, 12)
ALL_SITE = frozenset({Role.COORDINATOR})


def vault(**changes: Any) -> VaultFacts:
    values: dict[str, Any] = {"consent_signed": True, "withdrawn": frozenset(), "is_recorded": True}
    return VaultFacts(**values | changes)


def entry(*, same_person: str | None = None, **changes: Any) -> EntryFacts:
    return EntryFacts(vault=vault(**{"is_recorded": False} | changes), today=TODAY, same_person=same_person)


# -------------------------------------------------------------------------------------------------------- recording


@pytest.mark.parametrize(
    ("facts", "identity", "codes"),
    [
        pytest.param(entry(), person(), (), id="R31-all-met"),
        pytest.param(entry(consent_signed=False), person(), ("IDV-CONSENT",), id="R31-no-consent"),
        pytest.param(entry(is_recorded=True), person(), ("IDV-RECORDED",), id="recorded-already"),
        pytest.param(entry(same_person="CMUH-007"), person(), ("IDV-TWICE",), id="the-same-person-twice"),
        pytest.param(entry(), person(number="B187654325"), ("IDV-NUMBER",), id="check-digit"),
        pytest.param(entry(), person(born_on=TODAY), (), id="born-today"),
        pytest.param(entry(), person(born_on=date(2026, 3, 13)), ("IDV-BIRTH",), id="born-tomorrow"),
        pytest.param(entry(), person(born_on=date(1906, 1, 1)), (), id="born-120-years-ago"),
        pytest.param(entry(), person(born_on=date(1905, 12, 31)), ("IDV-BIRTH",), id="born-121-years-ago"),
        pytest.param(
            entry(withdrawn=frozenset({WithdrawalScope.FOLLOW_UP})), person(), (), id="R32-withdrawn-from-follow-up"
        ),
        pytest.param(
            entry(withdrawn=frozenset({WithdrawalScope.DATA_USE})), person(), ("IDV-WITHDRAWN",), id="R32-data-use"
        ),
        pytest.param(
            entry(consent_signed=False, same_person="CMUH-007"),
            person(number="X", born_on=date(2030, 1, 1)),
            ("IDV-CONSENT", "IDV-NUMBER", "IDV-BIRTH", "IDV-TWICE"),
            id="every-reason-at-once",
        ),
    ],
)
def test_recording(facts: EntryFacts, identity: Any, codes: tuple[str, ...]) -> None:
    assert may_record(facts, identity).codes == codes


def test_the_refusal_names_the_other_subject() -> None:
    (reason,) = may_record(entry(same_person="CMUH-007"), person()).reasons
    assert "CMUH-007" in reason.message


@pytest.mark.parametrize(
    ("changes", "old", "reason", "codes"),
    [
        pytest.param({}, person(phone="0911-000-000"), "A digit was wrong", (), id="corrected"),
        pytest.param({}, None, "What was stored is damaged", (), id="what-is-stored-cannot-be-read"),
        pytest.param({}, person(phone="0911-000-000"), " ", ("IDV-REASON",), id="R08-no-reason"),
        pytest.param({}, person(), "A digit was wrong", ("IDV-SAME",), id="nothing-differs"),
        pytest.param(
            {}, person(phone="0911000000"), "not 0911 000 000", ("IDV-TEXT",), id="R30-reason-repeats-the-old"
        ),
        pytest.param(
            {}, person(phone="0911000000"), "it is 0955731946", ("IDV-TEXT",), id="R30-reason-repeats-the-new"
        ),
        pytest.param({"is_recorded": False}, None, "x", ("IDV-NONE",), id="nothing-recorded"),
        pytest.param({"consent_signed": False}, None, "x", ("IDV-CONSENT",), id="R31-no-consent"),
        pytest.param(
            {"withdrawn": frozenset({WithdrawalScope.ALL})}, None, "x", ("IDV-WITHDRAWN",), id="R32-everything"
        ),
        pytest.param({"same_person": "CMUH-007"}, None, "x", ("IDV-TWICE",), id="the-same-person-twice"),
    ],
)
def test_correcting(changes: dict[str, Any], old: Any, reason: str, codes: tuple[str, ...]) -> None:
    facts = entry(**{"is_recorded": True} | changes)
    assert may_correct(facts, person(), old=old, reason=reason).codes == codes


def test_what_stands_against_entering_is_known_before() -> None:
    assert may_enter(vault()).allowed
    assert may_enter(vault(consent_signed=False)).codes == ("IDV-CONSENT",)


# ---------------------------------------------------------------------------------------------------------- opening

NEVER = [Role.SPONSOR, Role.AUDITOR, Role.DSMB_MEMBER, Role.MEDICAL_MONITOR, Role.DATA_MANAGER, Role.ADMINISTRATOR]
NEVER += [Role.PHARMACIST, Role.QUALITY_ASSURANCE]


@pytest.mark.parametrize("purpose", OpeningPurpose)
@pytest.mark.parametrize("role", NEVER)
def test_r30_never_opened_in_this_role(role: Role, purpose: OpeningPurpose) -> None:
    assert may_open(vault(), roles=frozenset({role}), purpose=purpose).codes == ("IDV-PURPOSE",)


def test_the_roles_with_purposes_are_those_with_the_permission() -> None:
    assert set(PURPOSES) == TABLE[Permission.IDENTITY_OPEN].roles
    assert all(PURPOSES.values())
    assert set(PURPOSES) | set(NEVER) == set(Role)


@pytest.mark.parametrize(
    ("role", "purpose", "allowed"),
    [
        (Role.NURSE, OpeningPurpose.IDENTITY_CHECK, True),
        (Role.NURSE, OpeningPurpose.CORRECTION, False),
        (Role.SOCIAL_WORKER, OpeningPurpose.CONTACT, True),
        (Role.SOCIAL_WORKER, OpeningPurpose.CLINICAL_SAFETY, False),
        (Role.MONITOR, OpeningPurpose.SOURCE_CHECK, True),
        (Role.MONITOR, OpeningPurpose.CONTACT, False),
        (Role.COORDINATOR, OpeningPurpose.CORRECTION, True),
        (Role.PRINCIPAL_INVESTIGATOR, OpeningPurpose.INSPECTION, True),
    ],
)
def test_each_role_states_its_own_purposes(role: Role, purpose: OpeningPurpose, allowed: bool) -> None:
    assert may_open(vault(), roles=frozenset({role}), purpose=purpose).allowed is allowed


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        pytest.param({}, (), id="R31-all-met"),
        pytest.param({"is_recorded": False}, ("IDV-NONE",), id="nothing-recorded"),
        pytest.param({"consent_signed": False}, ("IDV-CONSENT",), id="R31-no-consent"),
        pytest.param({"is_recorded": False, "consent_signed": False}, ("IDV-NONE", "IDV-CONSENT"), id="both"),
    ],
)
def test_opening(changes: dict[str, Any], codes: tuple[str, ...]) -> None:
    assert may_open(vault(**changes), roles=ALL_SITE, purpose=OpeningPurpose.CONTACT).codes == codes


@pytest.mark.parametrize("scope", WithdrawalScope)
@pytest.mark.parametrize("purpose", OpeningPurpose)
def test_r32_after_withdrawal_of_data_two_purposes_are_left(scope: WithdrawalScope, purpose: OpeningPurpose) -> None:
    facts = vault(withdrawn=frozenset({WithdrawalScope.TREATMENT, scope}))
    narrowed = scope in {WithdrawalScope.DATA_USE, WithdrawalScope.ALL}
    allowed = not narrowed or purpose in {OpeningPurpose.CLINICAL_SAFETY, OpeningPurpose.INSPECTION}
    assert may_open(facts, roles=ALL_SITE, purpose=purpose).allowed is allowed
    assert (purpose in purposes_for(ALL_SITE, facts)) is allowed


def test_a_social_worker_has_no_purpose_left_after_withdrawal_of_data() -> None:
    facts = vault(withdrawn=frozenset({WithdrawalScope.ALL}))
    assert purposes_for(frozenset({Role.SOCIAL_WORKER}), facts) == ()
    assert {OpeningPurpose.CLINICAL_SAFETY, OpeningPurpose.INSPECTION} == AFTER_WITHDRAWAL


def test_of_several_roles_one_that_may_state_the_purpose_is_named() -> None:
    held = frozenset({Role.NURSE, Role.MONITOR})
    assert role_for(held, OpeningPurpose.CONTACT) is Role.NURSE
    assert role_for(held, OpeningPurpose.SOURCE_CHECK) is Role.MONITOR
    assert role_for(held, OpeningPurpose.CORRECTION) is None


# --------------------------------------------------------------------------------------------------------- document


def test_a_document_is_read_back_under_its_own_subject_only() -> None:
    sealed = to_document(person(), subject_code="CMUH-001")
    assert from_document(sealed, subject_code="CMUH-001") == person()
    assert from_document(sealed, subject_code="CMUH-002") is None


@pytest.mark.parametrize("document", [b"", b"%PDF-1.7", b"[]", b"{}", b'{"type": "identity", "subject": "CMUH-001"}'])
def test_another_document_is_no_identity(document: bytes) -> None:
    assert from_document(document, subject_code="CMUH-001") is None


def test_an_identity_has_no_text_form() -> None:
    assert not [value for value in person().as_texts().values() if value in repr(person()) or value in str(person())]


def test_what_is_entered_is_trimmed_and_its_number_written_plainly() -> None:
    values = person().as_texts() | {"full_name": " 歐陽無名 ", "number": "b18-7654324 ", "born_on": person().born_on}
    assert entered(values) == person()
