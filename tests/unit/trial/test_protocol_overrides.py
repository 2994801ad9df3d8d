"""Questions to another reading of the protocol, and what an amendment changes."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from trial.protocol.difference import Change, difference
from trial.protocol.loading import (
    DefinitionError,
    load_definition,
    provenance_of,
    shipped,
    shipped_definition,
    under_preset,
    with_overrides,
)
from trial.protocol.schema import ProtocolDefinition, Source, Trigger


@pytest.fixture
def definition() -> ProtocolDefinition:
    return shipped_definition()


def test_no_override_is_the_definition_itself(definition: ProtocolDefinition) -> None:
    assert with_overrides(definition, {}) is definition


def test_parameters_are_set_by_name_or_path(definition: ProtocolDefinition) -> None:
    changed = with_overrides(
        definition,
        {
            "decline_mode": "absolute",
            "liver_mode": "both",
            "x2_mode": "literal",
            "sentinel_days": "0",
            "b_steroid_mg_per_kg": "0.85",
            "proceed_valid_days": "30",
            "allowed_events": "0,1,0",
            "schedule.visits.D7.late_days": "5",
            "phone_contact_suffices": "true",
        },
    )
    assert (changed.eligibility.decline_mode, changed.eligibility.liver_mode) == ("absolute", "both")
    assert (changed.eligibility.x2_mode, changed.eligibility.b_steroid_mg_per_kg) == ("literal", Decimal("0.85"))
    assert (changed.regimen.sentinel_days, changed.gate.proceed_valid_days) == (0, 30)
    assert (changed.gate.allowed_events, changed.gate.phone_contact_suffices) == ((0, 1, 0), True)
    assert next(visit for visit in changed.schedule.visits if visit.code == "D7").late_days == 5
    assert definition.regimen.sentinel_days == 14


def test_what_was_only_asked_is_no_registry_fact(definition: ProtocolDefinition) -> None:
    changed = with_overrides(definition, {"dose_million_per_kg": "2"})
    assert provenance_of(definition, "regimen.dose_million_per_kg").source is Source.REGISTRY
    assert provenance_of(changed, "regimen.dose_million_per_kg").source is Source.DEFAULT


def test_a_question_may_move_the_window_without_the_schedule(definition: ProtocolDefinition) -> None:
    assert with_overrides(definition, {"window_days": "35"}).gate.window_days == 35


@pytest.mark.parametrize("trigger", list(Trigger))
def test_a_trigger_brings_what_its_preset_settles(definition: ProtocolDefinition, trigger: Trigger) -> None:
    gate = with_overrides(definition, {"trigger": trigger.value}).gate
    assert gate.trigger is trigger
    assert gate.continue_allowed is definition.gate_preset_values[trigger].continue_allowed
    assert gate == under_preset(definition, trigger)


def test_a_value_set_beside_the_trigger_wins(definition: ProtocolDefinition) -> None:
    gate = with_overrides(definition, {"continue_allowed": "false", "trigger": "DLT"}).gate
    assert (gate.trigger, gate.continue_allowed) == (Trigger.DLT, False)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"sentinel_day": "0"}, "--set: sentinel_day: no such parameter"),
        ({"gate": "0"}, "--set: gate: no such parameter"),
        ({"regimen.sentinel": "0"}, "--set: regimen.sentinel: no such parameter"),
        ({"provenance.study.source": "default"}, "--set: provenance.study.source: no such parameter"),
        ({"sentinel_days": "soon"}, "--set: regimen.sentinel_days: "),
        ({"sentinel_days": "-1"}, "--set: regimen.sentinel_days: "),
        ({"sentinel_days": "1.5"}, "--set: regimen.sentinel_days: "),
        ({"sentinel_days": ""}, "--set: regimen.sentinel_days: "),
        ({"b_steroid_mg_per_kg": "NaN"}, "--set: eligibility.b_steroid_mg_per_kg: "),
        ({"decline_mode": "both"}, "--set: eligibility.decline_mode: "),
        ({"trigger": "NONE"}, "--set: gate.trigger: "),
        ({"phone_contact_suffices": "1"}, "--set: gate.phone_contact_suffices: "),
        ({"allowed_events": "0,0"}, "--set: gate.allowed_events: "),
        ({"signatories": ""}, "--set: gate.signatories: "),
        ({"trigger": "DLT", "gate.trigger": "DLT"}, "--set: gate.trigger: gate.trigger is set twice"),
    ],
)
def test_an_override_that_cannot_be_is_refused(
    definition: ProtocolDefinition, settings: dict[str, str], problem: str
) -> None:
    with pytest.raises(DefinitionError) as refused:
        with_overrides(definition, settings)
    assert refused.value.problems[0].startswith(problem), refused.value.problems


def test_short_names_are_unique(definition: ProtocolDefinition) -> None:
    names = [*type(definition.eligibility).model_fields, *type(definition.regimen).model_fields]
    names += type(definition.gate).model_fields
    assert len(names) == len(set(names))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped(), tmp_path / "v1.0"))


def edit(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_definition_differs_not_from_itself(definition: ProtocolDefinition) -> None:
    assert difference(definition, definition) == ()


def test_an_amendment_shows_each_value_it_changes(definition: ProtocolDefinition, folder: Path) -> None:
    edit(folder, "regimen.yaml", "sentinel_days: 14", "sentinel_days: 21")
    edit(folder, "gate.yaml", "proceed_valid_days: null", "proceed_valid_days: 60")
    edit(
        folder,
        "schedule.yaml",
        "    - {code: M6,",
        "    - {code: M4, label: Month 4, anchor: last_infusion, nominal_day: 120, early_days: 7, late_days: 7}\n"
        "    - {code: M6,",
    )
    changes = difference(definition, load_definition(folder))
    assert Change("regimen.sentinel_days", "14", "21") in changes
    assert Change("gate.proceed_valid_days", "null", "60") in changes
    added = [change for change in changes if change.old is None]
    assert added
    assert {change.path.rsplit(".", 1)[0] for change in added} == {"schedule.visits.M4"}
    assert len(changes) == 2 + len(added)
    assert Change("schedule.visits.M4.label", "Month 4", None) in difference(load_definition(folder), definition)
