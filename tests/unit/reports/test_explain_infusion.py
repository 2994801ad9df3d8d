"""The outside format of ``explain infusion``: one file for every reason of the guard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reports.explain import What, explainer
from reports.explain.answering import answer
from trial.documents.problems import InputProblems

DATA = Path(__file__).parents[2] / "data" / "explain" / "infusion"
REFUSED = sorted(path.stem for path in DATA.glob("dos_*.json"))


def explained(name: str, *overrides: str, **changes: Any) -> dict[str, Any]:
    document = json.loads((DATA / f"{name}.json").read_text()) | changes
    found: dict[str, Any] = json.loads(answer(What.INFUSION, text=json.dumps(document), overrides=overrides))
    assert list(found) == ["allowed", "reasons", "earliest_at"]
    return found


def codes(found: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in found["reasons"]]


@pytest.mark.parametrize("name", ["allowed_first", "allowed_second"])
def test_an_infusion_against_which_nothing_stands(name: str) -> None:
    assert explained(name) == {"allowed": True, "reasons": [], "earliest_at": "2026-03-12T10:00:00+08:00"}


@pytest.mark.parametrize("name", REFUSED)
def test_every_reason_has_its_file(name: str) -> None:
    found = explained(name)
    assert found["allowed"] is False
    assert codes(found) == [name.upper().replace("_", "-")]
    assert all(reason["message"] and reason["source"] for reason in found["reasons"])


def test_no_reason_of_the_guard_is_without_a_file() -> None:
    """The codes as they stand in the rules; a new one arrives with its file."""
    rules = Path(__file__).parents[3] / "dosing" / "rules"
    written = "".join(path.read_text() for path in rules.glob("guard*.py"))
    known = {word.split('"')[0] for word in written.split('"DOS-')[1:]}
    assert known == {name.upper().replace("_", "-").removeprefix("DOS-") for name in REFUSED}


@pytest.mark.parametrize(
    ("name", "earliest"),
    [
        ("dos_sentinel", "2026-03-13T00:00:00+08:00"),
        ("dos_stagger", "2026-03-13T00:00:00+08:00"),
        ("dos_interval", "2026-03-13T00:00:00+08:00"),
    ],
)
def test_the_earliest_start_is_the_midnight_after_the_interval(name: str, earliest: str) -> None:
    assert explained(name)["earliest_at"] == earliest


def test_nothing_known_is_never_enough() -> None:
    text = '{"at": "2026-03-12T10:00", "subject": "01-002", "infusion_number": 2}'
    found = json.loads(answer(What.INFUSION, text=text, overrides=[]))
    assert found["earliest_at"] is None
    assert {"DOS-SLOT", "DOS-CONSENT", "DOS-ELIGIBILITY-UNSIGNED", "DOS-SEQUENCE", "DOS-PRODUCT-MISSING"} <= set(
        codes(found)
    )


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ({"product": {}}, "DOS-PRODUCT-UNRELEASED"),
        ({"product": {}}, "DOS-PRODUCT-EXPIRED"),
        ({"eligibility": {}}, "DOS-ELIGIBILITY-UNSIGNED"),
        ({"clearances": [{}]}, "DOS-COHORT-CLOSED"),
        ({"consents": [{"version": "1.0"}]}, "DOS-CONSENT"),
        ({"holds": [{"scope": "study"}]}, "DOS-STUDY-HOLD"),
        ({"performer": {"username": "nurse"}}, "DOS-PERFORMER"),
        ({"day": {}}, "DOS-WEIGHT"),
    ],
)
def test_a_part_of_which_nothing_is_known_stands_against_the_start(part: dict[str, Any], expected: str) -> None:
    assert expected in codes(explained("allowed_first", **part))


def test_a_late_entry_is_judged_by_the_conditions_of_its_time() -> None:
    late = {"at": "2026-03-13T10:00", "started_at": "2026-03-12T10:00", "late_entry_reason": "The network was down"}
    hold = [{"scope": "study", "reason": "A question", "placed_at": "2026-03-12T12:00"}]
    assert explained("allowed_first", holds=hold, **late)["allowed"] is True
    vacated = {"cohort": 1, "allocated_at": "2026-02-20T09:00", "vacated_at": "2026-03-12T12:00"}
    assert explained("allowed_first", slot=vacated, **late)["allowed"] is True
    assert codes(explained("allowed_first", slot=vacated, at="2026-03-12T13:00"))[0] == "DOS-SLOT"


def test_parameters_of_the_protocol_can_be_tried() -> None:
    assert explained("dos_sentinel", "sentinel_days=13")["allowed"] is True
    assert codes(explained("allowed_second", "interval_days=29")) == ["DOS-INTERVAL"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("{}", "at: is needed"),
        ("{}", "subject: is needed"),
        ('{"at": "2026-03-12", "subject": "x", "infusion_number": 1}', "at: must be a time"),
        ('{"at": "2026-03-12T10:00", "subject": "x", "infusion_number": 0}', "infusion_number: "),
        ('{"at": "2026-03-12T10:00", "subject": "x", "infusion_number": 1, "slots": 1}', "slots: unknown key"),
        (
            '{"at": "2026-03-12T10:00", "subject": "x", "infusion_number": 1, "slot": {"cohort": 9}}',
            "slot.cohort: must be one of 1, 2, 3",
        ),
        (
            '{"at": "2026-03-12T10:00", "subject": "x", "infusion_number": 1, "product": {"viability": 88}}',
            "product.viability: ",
        ),
        (
            '{"at": "2026-03-12T10:00", "subject": "x", "infusion_number": 1, "holds": [{"scope": "site"}]}',
            "holds[0].scope: ",
        ),
    ],
)
def test_bad_input_names_its_key(text: str, line: str) -> None:
    with pytest.raises(InputProblems) as refused:
        answer(What.INFUSION, text=text, overrides=[])
    assert any(each.startswith(line) for each in refused.value.lines()), refused.value.lines()


def test_every_key_is_documented() -> None:
    documented = explainer(What.INFUSION).KEYS_HELP
    for key in json.loads((DATA / "allowed_second.json").read_text()):
        assert key in documented
