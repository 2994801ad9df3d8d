"""A damaged protocol definition cannot be loaded, and the refusal names file and path of every problem."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from trial.protocol.loading import DefinitionError, load_definition, shipped


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped(), tmp_path / "v1.0"))


def edit(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def problems_of(folder: Path) -> tuple[str, ...]:
    with pytest.raises(DefinitionError) as refused:
        load_definition(folder)
    return refused.value.problems


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        pytest.param(
            "regimen.yaml", "  stagger_days: 7", "  stager_days: 7", "regimen.yaml: regimen.stager_days: ", id="bad key"
        ),
        pytest.param(
            "regimen.yaml", "  stagger_days: 7\n", "", "regimen.yaml: regimen.stagger_days: Field required", id="no key"
        ),
        pytest.param(
            "regimen.yaml",
            "  stagger_days: 7",
            "  stagger_days: 7\n  stagger_days: 0",
            "regimen.yaml: regimen.stagger_days: given twice (line 10)",
            id="duplicate key",
        ),
        pytest.param(
            "regimen.yaml", "stagger_days: 7", 'stagger_days: "7"', "regimen.yaml: regimen.stagger_days: ", id="text"
        ),
        pytest.param(
            "regimen.yaml", "stagger_days: 7", "stagger_days: -7", "regimen.yaml: regimen.stagger_days: ", id="negative"
        ),
        pytest.param(
            "gate.yaml", "any_death: true", "any_death: yes", "gate.yaml: stopping.any_death: ", id="yes is not true"
        ),
        pytest.param(
            "regimen.yaml",
            'volume_step_ml: "0.1"',
            "volume_step_ml: 0.1",
            "regimen.yaml: regimen.volume_step_ml: write the decimal number in quotes (0.1)",
            id="float",
        ),
        pytest.param(
            "regimen.yaml",
            'dose_million_per_kg: "1"',
            'dose_million_per_kg: "NaN"',
            "regimen.yaml: regimen.dose_million_per_kg: ",
            id="not a number",
        ),
        pytest.param(
            "schedule.yaml",
            "nominal_day: 14, early_days: 3",
            "nominal_day: 14, early_days: three",
            "schedule.yaml: schedule.visits.D14.early_days: ",
            id="wrong type in a list names the code",
        ),
        pytest.param(
            "regimen.yaml",
            "{path: regimen, source: default",
            "{path: regimen.stagger_hours, source: default",
            "regimen.yaml: provenance.regimen.stagger_hours: nothing stands at this path",
            id="provenance of nothing",
        ),
        pytest.param(
            "regimen.yaml",
            '  - {path: regimen, source: default, reference: "Default; not in the public texts, see PC-22"}\n',
            "",
            "regimen.yaml: regimen.dose_tolerance_percent: no provenance",
            id="missing provenance",
        ),
        pytest.param(
            "regimen.yaml",
            "{path: regimen, source: default",
            "{path: gate.trigger, source: default",
            "regimen.yaml: provenance.gate.trigger: gate is not given in this file",
            id="provenance beside something else",
        ),
        pytest.param(
            "regimen.yaml",
            "{path: regimen, source: default",
            "{path: regimen, source: guess",
            "regimen.yaml: provenance.regimen.source: ",
            id="unknown source",
        ),
        pytest.param(
            "cohorts.yaml",
            "{number: 2, first_slot: 4",
            "{number: 2, first_slot: 5",
            "cohorts.yaml: cohorts: cohort 2 must be number 2 and begin at slot 4",
            id="gap between cohorts",
        ),
        pytest.param(
            "gate.yaml",
            "allowed_events: [0, 0, 0]",
            "allowed_events: [0, 0]",
            "gate.yaml: gate.allowed_events: one entry per cohort (3) is needed",
            id="entries per cohort",
        ),
        pytest.param(
            "gate.yaml",
            "allowed_events: [0, 0, 0]",
            "allowed_events: [3, 0, 0]",
            "gate.yaml: gate.allowed_events: 3 of 3 would let cohort 1 pass on any result",
            id="a gate that cannot close",
        ),
        pytest.param(
            "gate.yaml",
            "required_evaluable: [3, 4, 3]",
            "required_evaluable: [3, 5, 3]",
            "gate.yaml: gate.required_evaluable: 5 is more than the 4 slots of cohort 2",
            id="more evaluable than slots",
        ),
        pytest.param(
            "gate.yaml", "\n  signatories: [principal_investigator, medical_monitor]", "\n  signatories: []",
            "gate.yaml: gate.signatories: at least one signatory is needed", id="nobody signs",
        ),
        pytest.param(
            "gate.yaml", "d28_late_days: 3", "d28_late_days: 5",
            "gate.yaml: gate.d28_late_days: schedule.visits.D28.late_days says 3", id="gate against schedule",
        ),
        pytest.param(
            "gate.yaml", "window_days: 28", "window_days: 30",
            "gate.yaml: gate.window_days: the schedule has no visit D30 on that day", id="window without a visit",
        ),
        pytest.param(
            "gate.yaml", "  DLT: {continue_allowed: true}\n", "",
            "gate.yaml: gate_preset_values: DLT is missing", id="preset without values",
        ),
        pytest.param(
            "study.yaml", "timezone: Asia/Taipei", "timezone: Asia/Taichung",
            "study.yaml: sites.CMUH.timezone: Asia/Taichung is not a known time zone", id="time zone",
        ),
        pytest.param(
            "study.yaml", "max_dosed: 16", "max_dosed: 9",
            "study.yaml: study.max_dosed: smaller than the 10 slots of the cohorts", id="fewer than slots",
        ),
        pytest.param(
            "schedule.yaml", "nominal_day: 14, early", "nominal_day: 14, nominal_day: 15, early",
            "schedule.yaml: schedule.visits.5.nominal_day: given twice (line 25)", id="duplicate key in a list",
        ),
        pytest.param(
            "schedule.yaml", "{code: D14,", "{code: D7,", "schedule.yaml: schedule.visits: D7 is given twice",
            id="visit twice",
        ),
        pytest.param(
            "schedule.yaml", "at: {SCR: c, D0: c, D1: c, D28: c}", "at: {SCR: c, D0: c, D2: c, D28: c}",
            "schedule.yaml: schedule.procedures.BLOOD_GAS.at.D2: no such visit", id="no such visit",
        ),
        pytest.param(
            "schedule.yaml", "    opens_after_hours: 20\n".replace("    ", "      "), "",
            "schedule.yaml: schedule.visits.D1: give both", id="half a window in hours",
        ),
        pytest.param(
            "clocks.yaml", "trigger: susar_other\n    awareness: sponsor\n    due_days: 15",
            "trigger: susar_other\n    awareness: sponsor\n    due_hours: 1\n    due_days: 15",
            "clocks.yaml: clocks.SUSAR-15D: give exactly one of due_hours and due_days", id="two due times",
        ),
        pytest.param(
            "clocks.yaml", "detail_of: SUSAR-7D\n", "detail_of: SUSAR-8D\n",
            "clocks.yaml: clocks.SUSAR-7D-DETAIL.detail_of: no other clock SUSAR-8D", id="detail of nothing",
        ),
        pytest.param(
            "monitoring.yaml", "field: heart_rate, comparison: above", "field: heart_beat, comparison: above",
            "monitoring.yaml: monitoring.alerts.HR_HIGH.field: no field heart_beat", id="alert without field",
        ),
        pytest.param(
            "monitoring.yaml", "[15, 30, 60, 120, 240, 360]", "[15, 30, 60, 60, 240, 360]",
            "monitoring.yaml: monitoring.minutes_from_end: must be ascending", id="time points twice",
        ),
        pytest.param(
            "product.yaml", "accepted: normal}", 'accepted: normal, maximum: "2"}',
            "product.yaml: product.release_criteria.KARYOTYPE: give either", id="two kinds of limit",
        ),
        pytest.param(
            "product.yaml", 'minimum_celsius: "2", maximum', 'minimum_celsius: "9", maximum',
            "product.yaml: product.temperature_limits.TRANSPORT_COLD: minimum is above maximum", id="temperature",
        ),
        pytest.param(
            "eligibility.yaml", "age_minimum_years: 20", "age_minimum_years: 81",
            "eligibility.yaml: eligibility.age_minimum_years: above", id="ages",
        ),
        pytest.param(
            "eligibility.yaml", "[methotrexate, leflunomide]", "[methotrexate, azathioprine]",
            "eligibility.yaml: eligibility.attested_immunosuppressants: azathioprine is also", id="drug in two lists",
        ),
        pytest.param(
            "questions.yaml", "parameters: [eligibility.c_parse,", "parameters: [eligibility.c_parsing,",
            "questions.yaml: questions.PC-15.parameters: nothing stands at eligibility.c_parsing", id="question",
        ),
        pytest.param("regimen.yaml", "regimen:\n", "regimen: [\n", "regimen.yaml: line ", id="syntax"),
        pytest.param(
            "gate.yaml", "allowed_events: [0, 0, 0]", "allowed_events: &none [0, 0, 0]\n  other: *none",
            "gate.yaml: line 5: an alias is not allowed here", id="alias",
        ),
        pytest.param(
            "gate.yaml", "window_days: 28", "window_days: !!python/tuple 28", "gate.yaml: gate.window_days: the tag",
            id="tag",
        ),
    ],
)  # fmt: skip
def test_a_damaged_definition_names_file_and_path(folder: Path, file: str, old: str, new: str, problem: str) -> None:
    edit(folder, file, old, new)
    assert any(text.startswith(problem) for text in problems_of(folder)), problems_of(folder)


def test_a_key_in_two_files_is_refused(folder: Path) -> None:
    (folder / "z.yaml").write_text("regimen: {stagger_days: 0}\n", encoding="utf-8")
    assert problems_of(folder) == ("z.yaml: regimen: already given in regimen.yaml",)


def test_a_missing_file_is_refused(folder: Path) -> None:
    (folder / "gate.yaml").unlink()
    assert "v1.0: gate: Field required" in problems_of(folder)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    assert problems_of(tmp_path) == (f"{tmp_path.name}: definition: no YAML file in this folder",)


@pytest.mark.parametrize("content", [b"", b"- 1\n", b"regimen: \xff\n"], ids=["empty", "list", "not UTF-8"])
def test_a_file_without_keys_is_refused(folder: Path, content: bytes) -> None:
    (folder / "regimen.yaml").write_bytes(content)
    assert any(text.startswith("regimen.yaml: file: ") for text in problems_of(folder))


def test_all_problems_are_listed_at_once(folder: Path) -> None:
    edit(folder, "regimen.yaml", "stagger_days: 7", "stagger_days: soon")
    edit(folder, "gate.yaml", "window_days: 28", "window_days: long")
    found = problems_of(folder)
    assert {text.split(":")[0] for text in found} == {"regimen.yaml", "gate.yaml"}
