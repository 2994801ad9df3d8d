"""The shipped definition of NCT06574581 says what the registry says, each with its source; nothing can change it."""

from __future__ import annotations

import copy
import json
import pickle
from decimal import Decimal
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from trial.protocol.loading import (
    DefinitionError,
    definition_json,
    definition_sha256,
    from_json,
    load_definition,
    plain,
    provenance_of,
    shipped,
    shipped_definition,
)
from trial.protocol.paths import find, leaves
from trial.protocol.schema import ProtocolDefinition, Requirement, Source, Trigger

SECTIONS_WITH_SOURCES = ("study", "regimen", "eligibility", "gate", "schedule", "product", "clocks", "monitoring")


@pytest.fixture
def definition() -> ProtocolDefinition:
    return shipped_definition()


# ------------------------------------------------------------------------------------------------------------ facts


def test_three_cohorts_of_three_four_and_three_plan_twenty_infusions(definition: ProtocolDefinition) -> None:
    assert [(c.first_slot, c.last_slot, c.size, c.infusions) for c in definition.cohorts] == [
        (1, 3, 3, 1),
        (4, 7, 4, 2),
        (8, 10, 3, 3),
    ]
    assert sum(cohort.size * cohort.infusions for cohort in definition.cohorts) == 20


def test_the_study_keeps_both_enrolment_numbers(definition: ProtocolDefinition) -> None:
    study = definition.study
    assert (study.registry_id, study.phases) == ("NCT06574581", ("PHASE1", "PHASE2"))
    assert (study.target_enrolment, study.registered_enrolment, study.max_dosed) == (10, 16, 16)
    assert study.started_on.isoformat() == "2024-08-20"
    assert definition.timezone == "Asia/Taipei"


def test_the_dose_is_one_million_viable_cells_per_kg_within_ten_percent(definition: ProtocolDefinition) -> None:
    regimen = definition.regimen
    assert (regimen.dose_million_per_kg, regimen.dose_tolerance_percent) == (Decimal("1"), Decimal("10"))
    assert (regimen.interval_days, regimen.interval_early_days, regimen.interval_late_days) == (28, 0, 7)
    assert (regimen.sentinel_days, regimen.stagger_days) == (14, 7)


def test_the_gate_is_literal(definition: ProtocolDefinition) -> None:
    gate = definition.gate
    assert (gate.trigger, gate.window_days) == (Trigger.ANY_TEAE, 28)
    assert (gate.allowed_events, gate.required_evaluable) == ((0, 0, 0), (3, 4, 3))
    assert gate.signatories == gate.hold_lift_signatories == ("principal_investigator", "medical_monitor")
    assert (gate.continue_allowed, gate.expansion_allowed, gate.proceed_valid_days) == (False, False, None)
    assert (gate.endorsement_required, gate.source_verification_required) == (True, False)


def test_every_question_of_the_public_text_is_open_with_a_reading(definition: ProtocolDefinition) -> None:
    assert [question.code for question in definition.questions] == [f"PC-{n:02}" for n in range(1, 23)]
    assert all(question.reading and question.status == "open" for question in definition.questions)


def test_criteria_stand_in_the_words_of_the_registry(definition: ProtocolDefinition) -> None:
    criteria = {criterion.code: criterion.text for criterion in definition.criteria}
    assert list(criteria) == ["I1", "I2", "I3", "I4", "I5", "X1", "X2", "X3", "X4", "X5"]
    assert "for more than 24 months with continued deterioration" in criteria["I2"]
    assert "enlargement of lung lesions on CT scan) ; Or subjects with rapidly progressive" in criteria["I2"]
    assert "(serum creatinine levels exceeding 1.4 units)" in criteria["X4"]


def test_visit_windows_are_those_of_the_schedule(definition: ProtocolDefinition) -> None:
    rows = {visit.code: (visit.nominal_day, visit.early_days, visit.late_days) for visit in definition.schedule.visits}
    assert list(rows) == ["SCR", "BASE", "D0", "D1", "D7", "D14", "D28", "M3", "M6", "M12", "ET", "UNS"]
    assert (rows["D7"], rows["D14"], rows["D28"]) == ((7, 2, 2), (14, 3, 3), (28, 0, 3))
    assert (rows["M3"], rows["M6"], rows["M12"]) == ((91, 14, 14), (182, 14, 14), (364, 28, 28))


@pytest.mark.parametrize(
    ("procedure", "at"),
    [
        ("CONSENT", "SCR:X"),
        ("INFUSION", "D0:X"),
        ("ARTERIAL", None),
        ("BLOOD_GAS", "SCR:c D0:c D1:c D28:c"),
        ("VITALS", "SCR:X BASE:X D0:S D1:X D7:X D14:X D28:X M3:X M6:X M12:X ET:X"),
        ("SPIROMETRY", "SCR:X BASE:X D14:o D28:X M3:X M6:X M12:X ET:X"),
        ("ANTI_HLA", "BASE:X D0:P D28:X M3:X M6:X M12:X ET:X"),
        ("MALIGNANCY", "M6:X M12:X ET:X"),
    ],
)
def test_the_schedule_of_assessments(definition: ProtocolDefinition, procedure: str, at: str | None) -> None:
    rows = {row.code: row for row in definition.schedule.procedures}
    if at is None:
        assert procedure not in rows
        return
    assert rows[procedure].at == {cell.split(":")[0]: Requirement(cell.split(":")[1]) for cell in at.split()}


def test_the_inter_infusion_sign_off_begins_with_the_second_infusion(definition: ProtocolDefinition) -> None:
    later = {row.code for row in definition.schedule.procedures if row.d0_from_infusion == 2}
    assert later == {"ANTI_HLA", "INTER_INFUSION"}


def test_both_taiwan_regimes_have_their_clocks(definition: ProtocolDefinition) -> None:
    due = {clock.code: (clock.due_hours, clock.due_days) for clock in definition.clocks}
    assert (due["SPONSOR-24H"], due["IRB-IMMEDIATE"]) == ((24, None), (0, None))
    assert (due["SUSAR-7D"], due["SUSAR-7D-DETAIL"], due["SUSAR-15D"]) == ((None, 7), (None, 15), (None, 15))
    assert (due["TRIAL-7D"], due["TRIAL-7D-DETAIL"]) == ((None, 7), (None, 15))


def test_infusion_monitoring_reaches_six_hours_after_the_end(definition: ProtocolDefinition) -> None:
    plan = definition.monitoring
    assert (plan.minutes_from_start, plan.repeat_minutes_until_end) == ((-15, 0, 15, 30, 45, 60), 15)
    assert plan.minutes_from_end == (15, 30, 60, 120, 240, 360)
    limits = {alert.code: (alert.comparison.value, alert.limit) for alert in plan.alerts}
    assert limits["SPO2_LOW"] == ("below", Decimal(88))
    assert limits["TEMPERATURE_HIGH"] == ("at_or_above", Decimal("38.0"))


# ------------------------------------------------------------------------------------------------------- provenance


def test_every_value_has_a_source(definition: ProtocolDefinition) -> None:
    covered = [path for path, _ in leaves(plain(definition)) if path.split(".")[0] in SECTIONS_WITH_SOURCES]
    assert len(covered) > 500
    assert all(provenance_of(definition, path).reference for path in covered)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("regimen.dose_million_per_kg", Source.REGISTRY),
        ("regimen.interval_days", Source.DEFAULT),
        ("gate.trigger", Source.REGISTRY),
        ("gate.causality_due_days", Source.DEFAULT),
        ("schedule.procedures.CONSENT.label", Source.REGISTRY),
        ("schedule.procedures.ECG.label", Source.DEFAULT),
        ("clocks.SUSAR-15D.due_days", Source.REGULATION),
        ("clocks.SPONSOR-24H.due_hours", Source.DEFAULT),
        ("cohorts.2.infusions", Source.REGISTRY),
    ],
)
def test_the_nearest_source_counts(definition: ProtocolDefinition, path: str, source: Source) -> None:
    assert provenance_of(definition, path).source is source


def test_rows_marked_from_registry_have_a_registry_source(definition: ProtocolDefinition) -> None:
    for row in definition.schedule.procedures:
        source = provenance_of(definition, f"schedule.procedures.{row.code}").source
        assert row.from_registry == (source is Source.REGISTRY), row.code


def test_an_unknown_path_has_no_source(definition: ProtocolDefinition) -> None:
    with pytest.raises(DefinitionError, match="nowhere"):
        provenance_of(definition, "nowhere.at_all")


# ------------------------------------------------------------ text, hash, immutability


def test_no_number_is_read_otherwise_than_plain_yaml_reads_it() -> None:
    """Our stricter reader and the ordinary one must agree on every shipped value (dates apart, which stay text)."""
    for file in sorted(shipped().glob("*.yaml")):
        ordinary = yaml.safe_load(file.read_text(encoding="utf-8"))
        ordinary.pop("provenance")
        ours = json.loads(definition_json(shipped_definition()))
        for key, value in json.loads(json.dumps(ordinary, default=str)).items():
            assert _agree(value, ours[key]), f"{file.name}: {key}"


def _agree(written: Any, loaded: Any) -> bool:
    if isinstance(written, dict):
        return all(_agree(value, loaded[key]) for key, value in written.items())
    if isinstance(written, list):
        return len(written) == len(loaded) and all(_agree(a, b) for a, b in zip(written, loaded, strict=True))
    return bool(written == loaded)


def test_round_trip_is_identical(definition: ProtocolDefinition) -> None:
    text = definition_json(definition)
    assert from_json(text) == definition
    assert definition_json(from_json(text)) == text


def test_the_hash_is_stable(definition: ProtocolDefinition) -> None:
    again = load_definition(shipped())
    assert again == definition
    assert definition_sha256(again) == definition_sha256(definition)


def test_the_hash_changes_with_every_number(definition: ProtocolDefinition) -> None:
    """Each whole number in turn is changed; a definition that still loads has another hash."""
    before, tried = definition_sha256(definition), 0
    paths = [
        path for path, value in leaves(plain(definition)) if isinstance(value, int) and not isinstance(value, bool)
    ]
    for path in paths:
        content = plain(definition)
        place = find(content, path)
        assert place is not None
        value = place.read()
        assert isinstance(value, int)
        place.write(value + 1)
        try:
            changed = from_json(json.dumps(content))
        except DefinitionError:
            continue
        assert definition_sha256(changed) != before, path
        tried += 1
    assert tried > 80


def test_a_damaged_stored_definition_is_refused(definition: ProtocolDefinition) -> None:
    content = plain(definition)
    content["regimen"] = {}
    with pytest.raises(DefinitionError, match=r"stored definition: regimen\.interval_days"):
        from_json(json.dumps(content))


def test_nothing_in_a_definition_can_be_changed(definition: ProtocolDefinition) -> None:
    with pytest.raises(ValidationError):
        definition.regimen.sentinel_days = 0  # type: ignore[misc]  # the point of the test
    with pytest.raises(TypeError):
        definition.eligibility.prednisolone_equivalents_mg["prednisolone"] = Decimal(1)  # type: ignore[index]  # same
    with pytest.raises(TypeError):
        definition.schedule.procedures[0].at["D0"] = Requirement.OPTIONAL  # type: ignore[index]  # same
    assert isinstance(hash(definition), int)


def test_a_definition_survives_copying(definition: ProtocolDefinition) -> None:
    assert copy.deepcopy(definition) == definition
    assert pickle.loads(pickle.dumps(definition)) == definition  # noqa: S301  # our own bytes


def test_the_shipped_definition_is_read_once() -> None:
    assert shipped_definition() is shipped_definition()
