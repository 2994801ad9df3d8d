"""The outside format of ``explain gate``, from files: G numbers are those of the domain document."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reports.explain import What, explainer
from reports.explain.answering import answer
from trial.documents.problems import InputProblems

ROOT = Path(__file__).parents[3]
DATA = ROOT / "tests" / "data" / "explain" / "gate"
KEYS = {
    "result",
    "reasons",
    "qualifying_events",
    "other_events",
    "subjects",
    "earliest_review_at",
    "next_cohort_open",
    "state",
    "signatures_missing",
    "under",
    "upper_confidence_limit_percent",
}


def explained(name: str, *overrides: str, **changes: Any) -> dict[str, Any]:
    document = json.loads((DATA / f"{name}.json").read_text()) | changes
    found: dict[str, Any] = json.loads(answer(What.GATE, text=json.dumps(document), overrides=overrides))
    assert set(found) == KEYS
    return found


def problems(text: str, *overrides: str) -> list[str]:
    with pytest.raises(InputProblems) as caught:
        answer(What.GATE, text=text, overrides=overrides)
    return list(caught.value.lines())


@pytest.mark.parametrize(
    ("name", "result", "under_dlt", "state", "is_open"),
    [
        ("g01_clean_and_signed", "PASSED", "PASSED", "PASSED_PROCEED", True),
        ("g02_day_28", "NOT_READY", "NOT_READY", "OBSERVING", False),
        ("g04_unrelated_headache", "NOT_PASSED", "PASSED", "READY", False),
        ("g05_related_fever", "NOT_PASSED", "PASSED", "READY", False),
        ("g06_last_second", "NOT_PASSED", "PASSED", "READY", False),
        ("g07_first_second_after", "PASSED", "PASSED", "READY", False),
        ("g14_not_assessed", "NOT_PASSED", "UNDETERMINED", "READY", False),
        ("g18_late_report", "NOT_PASSED", "PASSED", "RE_REVIEW", False),
        ("g20_voided", "PASSED", "PASSED", "READY", False),
        ("g21_death", "SUSPENDED", "SUSPENDED", "READY", False),
        ("g23_replaced", "PASSED", "PASSED", "READY", False),
        ("g35_low_dose", "NOT_READY", "NOT_READY", "OPEN", False),
        ("g41_monitor_holds", "PASSED", "PASSED", "HELD", False),
        ("minimal", "NOT_READY", "NOT_READY", "LOCKED", False),
    ],
)
def test_scenarios(name: str, result: str, under_dlt: str, state: str, is_open: bool) -> None:
    found = explained(name)
    assert (found["result"], found["under"]["DLT"], found["state"]) == (result, under_dlt, state)
    assert found["next_cohort_open"] is is_open
    assert explained(name, "trigger=DLT")["result"] == under_dlt


def test_every_file_is_used() -> None:
    assert len(list(DATA.glob("*.json"))) == 17


def test_a_passed_gate_in_full() -> None:
    found = explained("g01_clean_and_signed")
    assert found["reasons"] == found["signatures_missing"] == []
    assert found["earliest_review_at"] == "2025-04-01T00:00:00+08:00"
    assert found["subjects"][2] == {
        "number": 3,
        "window_opens_at": "2025-03-03T10:00:00+08:00",
        "window_closes_at": "2025-03-31T23:59:59+08:00",
        "evaluable": True,
        "why": "completed the observation window; D28 visit on 2025-03-31",
    }
    assert found["upper_confidence_limit_percent"] == {
        "events": 0,
        "subjects": 3,
        "level": 95,
        "one_sided": "63.2",
        "two_sided": "70.8",
    }


def test_an_event_is_explained_by_its_id() -> None:
    found = explained("g04_unrelated_headache")
    assert [e["id"] for e in found["qualifying_events"]] == ["AE-1"]
    assert [(r["code"], bool(r["source"])) for r in found["reasons"]] == [("GATE-EVENT", True)]
    other = explained("g04_unrelated_headache", "trigger=ANY_RELATED_TEAE")["other_events"]
    assert other == [{"id": "AE-1", "why_not": "its relationship to the study treatment is unrelated"}]


def test_what_was_recorded_after_the_moment_is_not_known() -> None:
    found = explained("g18_late_report", as_of="2025-04-15T07:59:59")
    assert (found["result"], found["state"], found["other_events"]) == ("PASSED", "PASSED_PROCEED", [])


def test_a_bare_date_asks_for_the_end_of_the_day() -> None:
    assert explained("g02_day_28", as_of="2025-03-31")["result"] == "NOT_READY"
    assert explained("g02_day_28", as_of="2025-04-01")["result"] == "PASSED"


@pytest.mark.parametrize(("given", "expected"), [("79", "NOT_READY"), ("0.8", "PASSED")], ids=["percent", "fraction"])
def test_a_parameter_can_be_overridden(given: str, expected: str) -> None:
    if given == "79":
        assert problems((DATA / "g35_low_dose.json").read_text(), f"evaluable_dose_fraction={given}")
    else:
        assert explained("g35_low_dose", "evaluable_dose_fraction=0.7999")["result"] == expected


def test_special_interest_follows_the_protocol_where_it_is_not_stated() -> None:
    document = json.loads((DATA / "g05_related_fever.json").read_text())
    document["events"][0]["grades"][0]["grade"] = 2
    assert explained("g05_related_fever", events=document["events"])["under"]["DLT"] == "NOT_PASSED"


def test_bad_values_are_told_all_at_once_each_with_its_key() -> None:
    lines = problems((DATA / "bad_values.json").read_text())
    assert [line.split(":")[0] for line in lines] == [
        "as_of",
        "cohort",
        "subjects[0].infusions[0].given_fraction",
        "subjects[0].d28_visit",
        "events[0].onset_at",
        "events[0].grades[0].grade",
        "events[0].grades[0].on",
        "events[0].serious",
        "events[0].relationship",
        "events[1].id",
        "decisions[0].decision",
        "color",
    ]
    assert "subjects[0].infusions[0].given_fraction: must be a fraction, 1 for the whole dose, and at most 5" in lines


def test_bad_references_are_told_by_key() -> None:
    lines = problems((DATA / "bad_references.json").read_text())
    assert [line.split(":")[0] for line in lines] == ["cohort", "subjects[1].number", "events[0].subject"]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "document"),
        ("[]", "document"),
        ("{", "document"),
        ('{"as_of": NaN}', "document"),
        ('{"as_of": 1e999999999}', "document"),
        ("[" * 100_000, "document"),
        ("{}", "as_of"),
        ('{"as_of": "9999-12-31", "cohort": 1}', "as_of"),
        ('{"as_of": "2025-04-02", "cohort": 1, "subjects": [{"number": true}]}', "subjects[0].number"),
        ('{"as_of": "2025-04-02", "cohort": true}', "cohort"),
        ('{"as_of": "2025-04-02", "cohort": 1, "a\\nb": 1}', "a\\nb"),
    ],
)
def test_what_is_no_document_is_refused(text: str, key: str) -> None:
    assert problems(text)[0].split(":")[0] == key


@pytest.mark.parametrize("setting", ["trigger", "=1", "trigger=SOMETIMES", "no_such_parameter=1"])
def test_a_bad_override_is_refused(setting: str) -> None:
    (line,) = problems((DATA / "minimal.json").read_text(), setting)
    assert line.startswith("--set: ")


def run(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """The command as an outsider runs it: no database, no secrets, no environment."""
    environment = {"PATH": os.environ["PATH"]}
    command = [sys.executable, "manage.py", "explain", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment, input=given, capture_output=True, text=True, check=False, timeout=120
    )


def test_the_command_answers_with_one_document() -> None:
    done = run("gate", str(DATA / "g04_unrelated_headache.json"), "--set", "trigger=DLT")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["result"] == "PASSED"


def test_the_command_refuses_bad_input_with_a_line_per_problem() -> None:
    done = run("gate", "-", given=(DATA / "bad_duplicate_key.json").read_text())
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "cohort: the key stands twice in the same object\n"


def test_the_command_prints_the_keys() -> None:
    done = run("gate", "--help")
    assert (done.returncode, done.stdout.strip()) == (0, explainer(What.GATE).KEYS_HELP.strip())


def test_a_file_that_is_not_there_is_bad_input() -> None:
    done = run("gate", "no/such/file.json")
    assert (done.returncode, done.stderr.splitlines()) == (2, ["FILE: cannot be read: No such file or directory"])
