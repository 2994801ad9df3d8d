"""What is pointed out beside the criteria, and that only one kind of it keeps anybody from signing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from enrollment.rules.contract_facts import contract_facts
from enrollment.rules.decline_shown import declines, improvement_measured
from enrollment.rules.facts import ScreeningFacts
from enrollment.rules.facts_document import facts_from_document
from enrollment.rules.notices import before_signing, notices
from enrollment.rules.screening_changes import may_sign
from enrollment.rules.states import SubjectState
from enrollment.rules.stored_facts import read_entry
from tests.unit.enrollment.screening_facts import PARAMETERS, judged
from trial.protocol.loading import shipped_definition

DEFINITION = shipped_definition()


def found(**entered: Any) -> list[tuple[str, str, str]]:
    return [(each.kind.value, each.key, each.reason.code) for each in notices_of(**entered)]


def notices_of(**entered: Any) -> Any:
    given = read_entry(entered, definition=DEFINITION)
    contract = contract_facts(given, on=date(2024, 8, 20), parameters=PARAMETERS)
    facts = facts_from_document(contract.document, definition=DEFINITION)
    return notices(given, contract, facts, parameters=PARAMETERS)


def test_nothing_entered_is_nothing_pointed_out() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("row", "is_asked"),
    [
        ({"diagnosis": "OTHER", "attested": True}, True),
        ({"diagnosis": "IIM", "attested": True}, True),
        ({"diagnosis": "OTHER", "attested": True, "attestation": "  "}, True),
        ({"diagnosis": "OTHER", "attested": True, "attestation": "MCTD with anti-U1RNP"}, False),
        ({"diagnosis": "OTHER", "attested": False}, False),
        ({"diagnosis": "OTHER"}, False),
        ({"diagnosis": "SLE", "attested": True}, False),
    ],
)
def test_a_disease_that_is_not_named_is_attested_in_words_before_anybody_signs(
    row: dict[str, Any], is_asked: bool
) -> None:
    reasons = before_signing(notices_of(ctd=[row]))
    assert [reason.code for reason in reasons] == (["SCR-ATTESTATION"] if is_asked else [])
    decision = may_sign(SubjectState.SCREENING, judged(), undocumented=reasons)
    assert decision.allowed is not is_asked


def test_safety_findings_are_pointed_out_and_exclude_nobody() -> None:
    assert found(latent_tuberculosis=True, chronic_hepatitis_b=True) == [
        ("safety", "latent_tuberculosis", "SCR-LATENT-TB"),
        ("safety", "chronic_hepatitis_b", "SCR-CHRONIC-HBV"),
    ]
    assert found(latent_tuberculosis=False, chronic_hepatitis_b=False) == []


def test_what_is_not_documented_is_named() -> None:
    assert found(ct_enlarged=False, ctd=[{"diagnosis": "RA", "criteria_met": True}]) == [
        ("lacks", "ctd[0].criteria_set", "SCR-CRITERIA-SET"),
        ("lacks", "ct_reading.read_by", "SCR-CT-READER"),
        ("lacks", "ct_reference_on", "SCR-CT-DATES"),
    ]
    dated = {"ct_reference_on": "2024-01-01", "ct_current_on": "2024-08-01", "ct_reading": {"read_by": "radiologist"}}
    assert found(ct_enlarged=False, **dated) == []


def test_a_value_left_out_is_asked_about_first() -> None:
    first, *_rest = notices_of(fvc_current_l="22", latent_tuberculosis=True)
    assert (first.key, first.confirm, first.reason.code) == ("fvc_current_l", "22", "SCR-IMPLAUSIBLE")


@pytest.mark.parametrize(
    ("fvc", "dlco", "ct", "expected"),
    [
        ("2.20", "11.5", None, ("FVC", "DLCO")),
        ("2.199", "11.499", False, ()),
        ("1.80", "8", True, ("CT",)),
        ("2.30", "10", True, ("FVC", "CT")),
    ],
)
def test_measurements_propose_an_improvement(fvc: str, dlco: str, ct: bool | None, expected: tuple[str, ...]) -> None:
    facts = ScreeningFacts(
        fvc_reference_l=Decimal("2.00"), fvc_current_l=Decimal(fvc),
        dlco_reference=Decimal(10), dlco_current=Decimal(dlco),
    )  # fmt: skip
    assert improvement_measured(facts, ct_improved=ct, parameters=PARAMETERS) == expected


def test_a_proposal_is_made_until_the_investigator_has_decided_so() -> None:
    improved = {"fvc_reference_l": "2.00", "fvc_current_l": "2.50", "pft_current_on": "2024-08-19"}
    assert ("proposal", "improvement_after_treatment", "SCR-IMPROVED") in found(**improved)
    assert ("proposal", "improvement_after_treatment", "SCR-IMPROVED") in found(
        **improved, improvement_after_treatment=False
    )
    assert found(**improved, improvement_after_treatment=True) == []


def test_both_ways_of_stating_a_decline_are_shown_and_the_one_in_force_named() -> None:
    facts = ScreeningFacts(
        fvc_reference_l=Decimal("2.00"), fvc_current_l=Decimal("1.84"),
        fvc_reference_pct_pred=Decimal("60.0"), fvc_current_pct_pred=Decimal("55.2"),
        dlco_reference=Decimal(10), dlco_current=Decimal(12),
    )  # fmt: skip
    fvc, dlco = declines(facts, parameters=PARAMETERS)
    assert (fvc.relative_percent, fvc.absolute_points, fvc.in_force) == (Decimal("8.0"), Decimal("4.8"), "relative")
    assert (dlco.relative_percent, dlco.absolute_points) == (Decimal("-20.0"), None)
    absolute = PARAMETERS.model_copy(update={"decline_mode": "absolute"})
    assert declines(facts, parameters=absolute)[0].in_force == "absolute"
