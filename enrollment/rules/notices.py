"""What a screening page points out beside the criteria: nothing here decides, but for what a signature waits for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from enrollment.rules.contract_facts import ContractFacts
from enrollment.rules.criteria_sets import needs_attestation_text
from enrollment.rules.decline_shown import improvement_measured
from enrollment.rules.facts import ScreeningFacts
from enrollment.rules.records_document import ScreeningInput
from trial.protocol.schema import EligibilityParameters
from trial.rules.decision import Reason

_RECORD = "ICH E6(R3) 4.2.2 (source records)"


class NoticeKind(StrEnum):
    """LEFT_OUT: a value that does not count yet. SAFETY: a finding that excludes nobody. PROPOSAL: the investigator
    decides. LACKS: not documented, without effect. BEFORE_SIGNING: not documented, and nothing is signed until it is.
    """

    LEFT_OUT = "left_out"
    SAFETY = "safety"
    PROPOSAL = "proposal"
    LACKS = "lacks"
    BEFORE_SIGNING = "before_signing"


@dataclass(frozen=True, slots=True)
class Notice:
    """``key``: the fact it is about. ``confirm``: the value with which a person can confirm it."""

    kind: NoticeKind
    key: str
    reason: Reason
    confirm: str = ""


def notices(
    given: ScreeningInput, contract: ContractFacts, facts: ScreeningFacts, *, parameters: EligibilityParameters
) -> tuple[Notice, ...]:
    """In the order in which they matter. ``facts``: those that the criteria are judged on."""
    return (
        *(Notice(NoticeKind.LEFT_OUT, each.key, each.reason, each.confirm) for each in contract.left_out),
        *_attestations(given),
        *_improvement(given, facts, parameters),
        *_safety(given),
        *_undocumented(given),
    )


def before_signing(found: tuple[Notice, ...]) -> tuple[Reason, ...]:
    return tuple(each.reason for each in found if each.kind is NoticeKind.BEFORE_SIGNING)


def _attestations(given: ScreeningInput) -> Iterator[Notice]:
    for index, row in enumerate(given.ctd or ()):
        if row.attested and needs_attestation_text(row.diagnosis) and not (row.attestation or "").strip():
            text = f"{row.diagnosis} is attested without words: say why it falls under the protocol's “such as”."
            reason = Reason("SCR-ATTESTATION", text, "Protocol inclusion 1, PC-14")
            yield Notice(NoticeKind.BEFORE_SIGNING, f"ctd[{index}].attestation", reason)


def _improvement(given: ScreeningInput, facts: ScreeningFacts, parameters: EligibilityParameters) -> Iterator[Notice]:
    improved = given.ct_reading.improved if given.ct_reading else None
    measured = improvement_measured(facts, ct_improved=improved, parameters=parameters)
    if measured and not facts.improvement_after_treatment:
        text = f"{', '.join(measured)} improved: the principal investigator decides whether exclusion 2 applies."
        reason = Reason("SCR-IMPROVED", text, "Protocol exclusion 2, PC-08")
        yield Notice(NoticeKind.PROPOSAL, "improvement_after_treatment", reason)


def _safety(given: ScreeningInput) -> Iterator[Notice]:
    source = "Protocol exclusion 5, PC-20"
    if given.latent_tuberculosis:
        text = "Latent tuberculosis excludes nobody by the protocol; reactivation under treatment is a risk to weigh."
        yield Notice(NoticeKind.SAFETY, "latent_tuberculosis", Reason("SCR-LATENT-TB", text, source))
    if given.chronic_hepatitis_b:
        text = "Chronic hepatitis B excludes nobody by the protocol; reactivation under treatment is a risk to weigh."
        yield Notice(NoticeKind.SAFETY, "chronic_hepatitis_b", Reason("SCR-CHRONIC-HBV", text, source))


def _undocumented(given: ScreeningInput) -> Iterator[Notice]:
    for index, row in enumerate(given.ctd or ()):
        if row.criteria_met is not None and row.criteria_set is None:
            text = f"{row.diagnosis}: by which classification criteria is not recorded."
            reason = Reason("SCR-CRITERIA-SET", text, "Protocol inclusion 1")
            yield Notice(NoticeKind.LACKS, f"ctd[{index}].criteria_set", reason)
    reader = given.ct_reading.read_by if given.ct_reading else None
    if given.ct_enlarged is not None and reader is None:
        reason = Reason("SCR-CT-READER", "Who read the CT is not recorded.", _RECORD)
        yield Notice(NoticeKind.LACKS, "ct_reading.read_by", reason)
    for key, what in _undated(given):
        text = f"{what} has no date: it counts as taken on the day on which eligibility is signed."
        yield Notice(NoticeKind.LACKS, key, Reason("SCR-UNDATED", text, _RECORD))
    if given.ct_enlarged is not None and (given.ct_reference_on is None or given.ct_current_on is None):
        reason = Reason("SCR-CT-DATES", "A reading compares two scans: the date of one is not recorded.", _RECORD)
        missing = "ct_reference_on" if given.ct_reference_on is None else "ct_current_on"
        yield Notice(NoticeKind.LACKS, missing, reason)


def _undated(given: ScreeningInput) -> Iterator[tuple[str, str]]:
    """Results whose age nobody can tell: the key of the date that is missing, and what it is the date of."""
    test, creatinine = given.pregnancy_test, given.creatinine
    lung, liver = given.fvc_current_l or given.dlco_current, given.got_u_l or given.gpt_u_l
    results = (
        ("pft_current_on", "The current lung-function test", lung, given.pft_current_on),
        ("liver_tests_on", "The liver test", liver, given.liver_tests_on),
        ("hiv_on", "The HIV test", given.hiv, given.hiv_on),
        (
            "creatinine.collected_on",
            "Creatinine",
            creatinine and creatinine.value,
            creatinine and creatinine.collected_on,
        ),
        ("pregnancy_test.collected_on", "The pregnancy test", test and test.result, test and test.collected_on),
    )
    return ((key, what) for key, what, result, taken_on in results if result is not None and taken_on is None)
