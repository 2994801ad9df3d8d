"""The outside format of ``explain allocation``: one file for every reason of the rule."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reports.explain import What, explainer
from reports.explain.answering import answer
from trial.documents.problems import InputProblems

DATA = Path(__file__).parents[2] / "data" / "explain" / "allocation"


def explained(name: str, **changes: Any) -> dict[str, Any]:
    document = json.loads((DATA / f"{name}.json").read_text()) | changes
    found: dict[str, Any] = json.loads(answer(What.ALLOCATION, text=json.dumps(document), overrides=[]))
    return found


def test_an_eligible_subject_takes_the_next_slot() -> None:
    assert explained("allowed") == {"allowed": True, "reasons": [], "earliest_at": "2026-03-12T10:00:00+08:00"}


@pytest.mark.parametrize("name", sorted(path.stem for path in DATA.glob("alc_*.json")))
def test_every_reason_has_its_file(name: str) -> None:
    found = explained(name)
    assert (found["allowed"], found["earliest_at"]) == (False, None)
    assert [reason["code"] for reason in found["reasons"]] == [name.upper().replace("_", "-")]


def test_no_reason_of_the_rule_is_without_a_file() -> None:
    rule = (Path(__file__).parents[3] / "enrollment" / "rules" / "allocation.py").read_text()
    known = {word.split('"')[0].lower().replace("-", "_") for word in rule.split('"ALC-')[1:]}
    assert known == {path.stem.removeprefix("alc_") for path in DATA.glob("alc_*.json")}


def test_a_vacated_slot_is_the_next_one_again() -> None:
    rows = [
        {"subject": "CMUH-001", "slot": 1, "vacated_at": "2026-03-01T09:00"},
        *({"subject": f"CMUH-00{n}", "slot": n} for n in (2, 3)),
    ]
    assert explained("allowed", allocations=rows)["allowed"] is True
    later = [{**rows[0], "vacated_at": "2026-03-12T10:00:01"}, *rows[1:]]
    assert "C2-1" in explained("allowed", allocations=later)["reasons"][0]["message"]


def test_nothing_known_is_never_enough() -> None:
    text = '{"at": "2026-03-12T10:00", "subject": "CMUH-004"}'
    found = json.loads(answer(What.ALLOCATION, text=text, overrides=[]))
    assert [reason["code"] for reason in found["reasons"]] == [
        "ALC-STATE",
        "ALC-CONSENT",
        "ALC-ELIGIBILITY-UNSIGNED",
        "ALC-COHORT-CLOSED",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("{}", "at: is needed"),
        ('{"at": "2026-03-12T10:00", "subject": "x", "state": "DOSED"}', "state: "),
        (
            '{"at": "2026-03-12T10:00", "subject": "x", "allocations": [{"subject": "y", "slot": 11}]}',
            "allocations[0].slot: must be between 1 and 10",
        ),
        (
            '{"at": "2026-03-12T10:00", "subject": "x", "clearances": [{"cohort": 4}]}',
            "clearances[0].cohort: must be between 1 and 3",
        ),
        ('{"at": "2026-03-12T10:00", "subject": "x", "clearance": []}', "clearance: unknown key"),
    ],
)
def test_bad_input_names_its_key(text: str, line: str) -> None:
    with pytest.raises(InputProblems) as refused:
        answer(What.ALLOCATION, text=text, overrides=[])
    assert any(each.startswith(line) for each in refused.value.lines()), refused.value.lines()


def test_every_key_is_documented() -> None:
    for key in json.loads((DATA / "allowed.json").read_text()):
        assert key in explainer(What.ALLOCATION).KEYS_HELP
