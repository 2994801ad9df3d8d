"""From what is kept of a screening to the facts of the outside contract, on which alone the criteria are judged.

The same step stands before the page, the preview, the HTTP API, ``explain`` and the signed snapshot.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from enrollment.rules.facts import PregnancyTestResult
from enrollment.rules.facts_document import EligibilityInput
from enrollment.rules.finding import shown
from enrollment.rules.oxygen import shows_decrease
from enrollment.rules.plausibility import KIND_OF, Measured, outside_of
from enrollment.rules.records_document import (
    RECORD_KEYS,
    OxygenInput,
    PregnancyTestKind,
    ScreeningInput,
    TreatedInput,
)
from enrollment.rules.treatment_derived import DERIVED_FROM_TREATMENTS, TreatmentFacts, treatment_facts
from enrollment.rules.treatment_records import prednisolone_per_mg
from trial.documents.problems import Problem
from trial.documents.rendering import plain_mapping
from trial.protocol.schema import EligibilityParameters
from trial.rules.decision import Reason
from trial.rules.partial_dates import PartialDate
from trial.rules.units import CreatinineUnit, DlcoUnit

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A value that is kept and not judged. ``confirm``: the value that a person can confirm; empty if none can."""

    key: str
    reason: Reason
    confirm: str = ""


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """``document`` has keys of the contract only. ``treatment``: how the records decide; None without records."""

    document: Document
    treatment: TreatmentFacts | None
    left_out: tuple[LeftOut, ...]


def contract_facts(given: ScreeningInput, *, on: date | None, parameters: EligibilityParameters) -> ContractFacts:
    """What the criteria are judged on, on the day ``on``. Where there are treatment records, they decide."""
    left_out = (*_implausible(given, parameters), *_unfit_pregnancy_test(given, parameters))
    kept = storable(given)
    for each in left_out:
        _without(kept, each.key)
    if "oxygen" in kept and shows_decrease(OxygenInput(**kept["oxygen"]).measured(), parameters=parameters):
        kept["oxygen_decreased"] = True
    treatment = _treatment(given, weight_kg=kept.get("weight_kg"), on=on, parameters=parameters)
    return ContractFacts(_of_contract(kept, treatment), treatment, left_out)


def with_treatment(given: TreatedInput, *, parameters: EligibilityParameters) -> Document:
    """The contract's document of one that carries treatment records besides. For ``explain``."""
    kept = storable(given)
    treatment = _treatment(given, weight_kg=kept.get("weight_kg"), on=given.evaluated_on, parameters=parameters)
    return _of_contract(kept, treatment)


def contradictions(
    given: ScreeningInput | TreatedInput, *, on: date | None, parameters: EligibilityParameters
) -> Iterator[Problem]:
    """Typed facts that say something else than the records behind them."""
    treatment = _treatment(given, weight_kg=given.weight_kg, on=on, parameters=parameters)
    if treatment is not None:
        for key in sorted(DERIVED_FROM_TREATMENTS):
            typed, worked_out = getattr(given, key), getattr(treatment, key)
            if typed is not None and typed != worked_out and not _same_dose(given, treatment, key, parameters):
                found = "leave it open" if worked_out is None else f"give {worked_out}"
                yield Problem(key, f"the treatment records {found}: leave this empty, or correct the records")
    oxygen = given.oxygen if isinstance(given, ScreeningInput) and given.oxygen_decreased is False else None
    if oxygen is not None and shows_decrease(oxygen.measured(), parameters=parameters):
        yield Problem("oxygen_decreased", "the measurements show a decrease: correct them, or this")


def storable(given: EligibilityInput) -> Document:
    """Plain values without what is not known: decimals and partial dates as they were written."""
    values = {name: getattr(given, name) for name in type(given).model_fields}
    return plain_mapping({name: _storable(value) for name, value in values.items() if value is not None})


def _storable(value: Any) -> Any:
    if isinstance(value, PartialDate):
        return str(value)
    if isinstance(value, (tuple, list)):
        return [_storable(each) for each in value]
    if hasattr(value, "model_fields_set"):
        known = ((name, getattr(value, name)) for name in type(value).model_fields)
        return {name: _storable(each) for name, each in known if each is not None}
    return value


def _of_contract(kept: Mapping[str, Any], treatment: TreatmentFacts | None) -> Document:
    """Without the records, also those inside a fact, and with what they decide."""
    document = {key: value for key, value in kept.items() if key not in RECORD_KEYS}
    if treatment is not None:
        worked_out = {key: getattr(treatment, key) for key in DERIVED_FROM_TREATMENTS}
        document = {key: value for key, value in document.items() if key not in DERIVED_FROM_TREATMENTS}
        document |= plain_mapping({key: value for key, value in worked_out.items() if value is not None})
    if "ctd" in document:
        document["ctd"] = [_picked(row, "diagnosis", "criteria_met", "attested") for row in document["ctd"]]
    if "pregnancy_test" in document:
        document["pregnancy_test"] = _picked(document["pregnancy_test"], "result", "collected_on")
    return document


def _picked(row: Mapping[str, Any], *keys: str) -> Document:
    return {key: row[key] for key in keys if key in row}


def _treatment(
    given: TreatedInput, *, weight_kg: Decimal | str | None, on: date | None, parameters: EligibilityParameters
) -> TreatmentFacts | None:
    if not given.has_records:
        return None
    if on is None:
        return TreatmentFacts()
    weight = None if weight_kg is None else Decimal(weight_kg)
    complete = given.treatments_complete is True
    return treatment_facts(given.records, complete=complete, on=on, weight_kg=weight, parameters=parameters)


def _same_dose(given: TreatedInput, treatment: TreatmentFacts, key: str, parameters: EligibilityParameters) -> bool:
    """Whether drug and dose as typed are the worked-out dose in another drug's milligrams."""
    if key not in ("steroid_drug", "steroid_mg_per_day") or treatment.steroid_mg_per_day is None:
        return False
    factor = prednisolone_per_mg(given.steroid_drug or "", parameters=parameters)
    if factor is None or given.steroid_mg_per_day is None:
        return False
    return Fraction(given.steroid_mg_per_day) * factor == Fraction(treatment.steroid_mg_per_day)


def _implausible(given: ScreeningInput, parameters: EligibilityParameters) -> Iterator[LeftOut]:
    confirmed = given.confirmed or {}
    for key in KIND_OF:
        value = value_at(given, key)
        if value is None or confirmed.get(key) == value:
            continue
        range_in_words = outside_of(key, Measured(value, _unit_of(given, key)), parameters=parameters)
        if range_in_words is not None:
            text = f"{shown(value)} is outside of {range_in_words}: it does not count until somebody confirms it."
            yield LeftOut(key, Reason("SCR-IMPLAUSIBLE", text, "Protocol, plausible ranges"), f"{value:f}")


def _unfit_pregnancy_test(given: ScreeningInput, parameters: EligibilityParameters) -> Iterator[LeftOut]:
    """A negative result of a test that is not the one asked for says nothing; a positive one always counts."""
    test, limit = given.pregnancy_test, parameters.pregnancy_test_sensitivity_miu_ml
    if test is None or test.result is not PregnancyTestResult.NEGATIVE:
        return
    text = ""
    if test.kind is PregnancyTestKind.SERUM:
        text = "A urine test is asked for; the negative serum test does not count."
    elif test.sensitivity_miu_ml is not None and test.sensitivity_miu_ml > limit:
        text = f"Sensitivity {shown(test.sensitivity_miu_ml)} mIU/mL: a test that finds {shown(limit)} is asked for."
    if text:
        yield LeftOut("pregnancy_test.result", Reason("SCR-PREGNANCY-TEST", text, "Protocol inclusion 4"))


def value_at(given: EligibilityInput, key: str) -> Decimal | None:
    """The number of a key that may lie inside another, ``creatinine.value``."""
    outer, _dot, inner = key.partition(".")
    held = getattr(given, outer)
    value = getattr(held, inner, None) if inner else held
    return value if isinstance(value, Decimal) else None


def _unit_of(given: ScreeningInput, key: str) -> CreatinineUnit | DlcoUnit | None:
    if key.startswith("creatinine"):
        return None if given.creatinine is None else given.creatinine.unit
    return given.dlco_unit if key in ("dlco_reference", "dlco_current") else None


def _without(document: Document, key: str) -> None:
    outer, _dot, inner = key.partition(".")
    if not inner:
        document.pop(outer, None)
    elif outer in document:
        document[outer] = {name: value for name, value in document[outer].items() if name != inner}
