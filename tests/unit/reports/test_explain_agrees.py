"""``explain infusion`` says of facts what the guard says of them: every reason, both sides of every bound."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dosing.rules.guard_conditions import CONDITIONS
from reports.explain import What
from reports.explain.answering import answer
from tests.builders.guard import AT, ok_guard_facts, ok_second_infusion
from tests.builders.guard_document import infusion_document
from tests.unit.dosing.guard_cases import codes
from tests.unit.dosing.test_guard import BOUNDS, REFUSED

CASES = [
    ("nothing", ok_guard_facts()),
    ("nothing", ok_second_infusion()),
    *REFUSED,
    *((code, facts) for code, on, past in BOUNDS for facts in (on, past)),
]


@pytest.mark.parametrize(("code", "facts"), [pytest.param(*case, id=case[0]) for case in CASES])
def test_the_same_answer(code, facts) -> None:
    # The definition gives cohort 1 one infusion, cohort 2 two.
    cohort = facts.cohort_infusions if code == "DOS-NUMBER" else None
    text = json.dumps(infusion_document(facts, at=AT, cohort=cohort))
    found: dict[str, Any] = json.loads(answer(What.INFUSION, text=text, overrides=[]))
    assert [reason["code"] for reason in found["reasons"]] == list(codes(facts))
    assert found["allowed"] is (not codes(facts))


def test_every_reason_is_among_them() -> None:
    known = {code for condition in CONDITIONS for code in condition.codes}
    assert known <= {code for code, _facts in REFUSED}
