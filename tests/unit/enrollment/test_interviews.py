"""When an interview on family support may be recorded or withdrawn, and what screening facts may say of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from enrollment.rules.interviews import (
    INTERVIEW_KEYS,
    INTERVIEWER,
    KIND_OF,
    OPEN_STATES,
    InterviewFacts,
    may_hold,
    may_state_support,
    may_withdraw,
)
from enrollment.rules.states import InterviewKind, SubjectState
from trial.rules.roles import Role

TODAY = date(2026, 3, 12)


def ok_facts(**one_thing_wrong: Any) -> InterviewFacts:
    facts = InterviewFacts(
        state=SubjectState.SCREENING,
        kind=InterviewKind.SOCIAL_WORKER,
        role=Role.SOCIAL_WORKER,
        held_on=TODAY,
        today=TODAY,
        consented_on=TODAY,
        has_one_in_force=False,
        held_the_other=False,
    )
    return replace(facts, **one_thing_wrong)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"kind": InterviewKind.INVESTIGATOR, "role": Role.PRINCIPAL_INVESTIGATOR},
        {"consented_on": date(2026, 3, 11)},
        {"held_on": date(2026, 3, 11), "consented_on": date(2026, 3, 11)},
        *({"state": state} for state in OPEN_STATES),
    ],
)
def test_an_interview_after_consent_by_its_interviewer_is_recorded(changes):
    assert may_hold(ok_facts(**changes)).allowed


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        *(({"state": state}, "INT-CLOSED") for state in SubjectState if state not in OPEN_STATES),
        ({"role": Role.PRINCIPAL_INVESTIGATOR}, "INT-ROLE"),
        ({"kind": InterviewKind.INVESTIGATOR}, "INT-ROLE"),
        ({"kind": InterviewKind.INVESTIGATOR, "role": Role.SUBINVESTIGATOR}, "INT-ROLE"),
        ({"held_on": date(2026, 3, 13)}, "INT-FUTURE"),
        ({"held_on": date(2026, 3, 11)}, "INT-CONSENT"),
        ({"consented_on": None}, "INT-CONSENT"),
        ({"has_one_in_force": True}, "INT-TWICE"),
        ({"held_the_other": True}, "INT-SAME-PERSON"),
    ],
)
def test_every_reason_against_recording(changes, code):
    decision = may_hold(ok_facts(**changes))
    assert decision.codes == (code,)
    assert decision.reasons[0].source


def test_all_reasons_are_told_at_once():
    everything = ok_facts(
        state=SubjectState.SCREEN_FAILED,
        role=Role.COORDINATOR,
        held_on=date(2026, 3, 13),
        consented_on=None,
        has_one_in_force=True,
        held_the_other=True,
    )
    assert may_hold(everything).codes == (
        "INT-CLOSED",
        "INT-ROLE",
        "INT-FUTURE",
        "INT-CONSENT",
        "INT-TWICE",
        "INT-SAME-PERSON",
    )


OK_WITHDRAWAL: dict[str, Any] = {
    "kind": InterviewKind.SOCIAL_WORKER,
    "role": Role.SOCIAL_WORKER,
    "state": SubjectState.ON_TREATMENT,
    "is_withdrawn": False,
    "reason": "The daughter moved away",
}


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, ()),
        ({"role": Role.PRINCIPAL_INVESTIGATOR}, ("INT-ROLE",)),
        ({"is_withdrawn": True}, ("INT-WITHDRAWN",)),
        ({"state": SubjectState.SCREEN_FAILED}, ("INT-CLOSED",)),
        ({"state": SubjectState.FOLLOW_UP}, ("INT-CLOSED",)),
        ({"reason": " "}, ("INT-REASON",)),
    ],
)
def test_an_interview_is_withdrawn_by_the_same_role_with_a_reason(changes, codes):
    assert may_withdraw(**OK_WITHDRAWAL | changes).codes == codes


@pytest.mark.parametrize(
    ("saved", "entered", "allowed"),
    [
        ({}, {}, True),
        ({"family_support_investigator": True}, {"family_support_investigator": True}, True),
        ({"family_support_investigator": True}, {}, True),
        ({}, {"family_support_investigator": True}, False),
        ({"family_support_investigator": True}, {"family_support_investigator": False}, False),
        ({}, {"family_support_social_worker": False}, False),
        ({}, {"got_u_l": "31"}, True),
    ],
)
def test_facts_repeat_the_interviews_and_say_nothing_else(saved, entered, allowed):
    decision = may_state_support(saved=saved, entered=entered)
    assert decision.codes == (() if allowed else ("INT-FACT",))


def test_every_kind_has_one_interviewer_and_one_fact():
    assert set(INTERVIEWER) == set(InterviewKind)
    assert len(KIND_OF) == len(INTERVIEWER) == len(INTERVIEW_KEYS)
