"""Votes in a gate review, and the lift of a hold."""

from dataclasses import replace

import pytest

from safety.rules.lifting import LiftFacts, lifting_role, may_sign_lift, unsigned_roles
from safety.rules.outcome import Verdict
from safety.rules.states import GateDecision
from safety.rules.voting import Cast, VoteFacts, decision_of, has_drifted, may_convene, may_vote, voting_role
from tests.builders.policy import gate_policy
from trial.rules.decision import Reason
from trial.rules.roles import Role
from trial.rules.states import HoldKind

PI, MM, DSMB = Role.PRINCIPAL_INVESTIGATOR, Role.MEDICAL_MONITOR, Role.DSMB_MEMBER
PROCEED, HOLD, STOP, EXPAND = GateDecision.PROCEED, GateDecision.HOLD, GateDecision.STOP, GateDecision.EXPAND
OPEN_WINDOW = Reason("GATE-WINDOW", "The window is open.", "Registry")


def cast(**votes):
    roles = {"pi": PI, "mm": MM, "dsmb": DSMB}
    return tuple(Cast(signer_id=n, role=roles[name], vote=vote) for n, (name, vote) in enumerate(votes.items()))


def ok_vote(**changes):
    facts = VoteFacts(
        decision=PROCEED,
        rationale="no event in any window",
        signer_id=100,
        role=MM,
        is_decided=False,
        is_superseded=False,
        cast=cast(pi=PROCEED),
        verdict=Verdict.PASSED,
        verdict_reasons=(),
        policy=gate_policy(),
    )
    return replace(facts, **changes)


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, ()),
        ({"is_decided": True}, ("GTE-DECIDED",)),
        ({"is_superseded": True}, ("GTE-SUPERSEDED",)),
        ({"role": None}, ("GTE-ROLE",)),
        ({"signer_id": 0}, ("GTE-VOTED",)),
        ({"role": PI}, ("GTE-ROLE-VOTED",)),
        ({"rationale": " "}, ("GTE-RATIONALE",)),
        ({"decision": EXPAND}, ("GTE-EXPAND",)),
        ({"decision": GateDecision.CONTINUE}, ("GTE-CONTINUE",)),
        ({"verdict": Verdict.NOT_READY, "verdict_reasons": (OPEN_WINDOW,)}, ("GTE-NOT-PASSED", "GATE-WINDOW")),
        ({"verdict": Verdict.NOT_READY, "decision": HOLD}, ()),
        ({"verdict": Verdict.SUSPENDED, "decision": STOP}, ()),
    ],
)
def test_a_vote_is_refused_with_every_reason(changes, codes):
    assert may_vote(ok_vote(**changes)).codes == codes


@pytest.mark.parametrize(
    ("votes", "decision"),
    [
        ({}, None),
        ({"pi": PROCEED}, None),
        ({"pi": HOLD}, None),
        ({"pi": PROCEED, "mm": PROCEED}, PROCEED),
        ({"pi": PROCEED, "mm": HOLD}, HOLD),
        ({"pi": STOP, "mm": HOLD}, STOP),
        ({"pi": PROCEED, "mm": PROCEED, "dsmb": HOLD}, HOLD),
        ({"pi": PROCEED, "dsmb": PROCEED}, None),
        ({"pi": PROCEED, "mm": EXPAND}, EXPAND),
    ],
)
def test_g41_the_gravest_vote_decides_once_every_signatory_has_voted(votes, decision):
    assert decision_of(cast(**votes), signatories=gate_policy().signatories) is decision


def test_without_signatories_nothing_is_ever_decided():
    assert decision_of(cast(pi=PROCEED), signatories=()) is None


def test_a_person_votes_as_signatory_before_as_adviser():
    assert voting_role(frozenset({DSMB, MM}), policy=gate_policy()) is MM
    assert voting_role(frozenset({DSMB}), policy=gate_policy()) is DSMB
    assert voting_role(frozenset({Role.SPONSOR}), policy=gate_policy()) is None


def test_a_review_needs_an_infusion_and_is_the_only_open_one():
    assert may_convene(infusions_started=1, has_open_review=False).allowed
    assert may_convene(infusions_started=0, has_open_review=True).codes == ("GTE-NOT-DOSED", "GTE-OPEN")


def test_a_dossier_drifts_when_anything_it_concludes_changes():
    frozen = {"verdict": "PASSED", "qualifying": [], "evaluable": [1, 2, 3]}
    assert not has_drifted(frozen, dict(frozen))
    assert has_drifted(frozen, frozen | {"qualifying": [["AE 1", "it counts"]]})


def ok_lift(**changes):
    facts = LiftFacts(
        kind=HoldKind.QUALIFYING_EVENT,
        is_lifted=False,
        rationale="reviewed",
        signer_id=7,
        role=PI,
        signed=(),
        qualifying=0,
        allowed=0,
        cohort_number=1,
        policy=gate_policy(),
    )
    return replace(facts, **changes)


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, ()),
        ({"is_lifted": True}, ("LFT-LIFTED",)),
        ({"role": None}, ("LFT-ROLE",)),
        ({"rationale": ""}, ("LFT-RATIONALE",)),
        ({"signed": (Cast(signer_id=7, role=MM, vote=GateDecision.CONTINUE),)}, ("LFT-SIGNED",)),
        ({"signed": (Cast(signer_id=8, role=PI, vote=GateDecision.CONTINUE),)}, ("LFT-SIGNED",)),
        ({"qualifying": 1}, ("LFT-CONTINUE",)),
        ({"qualifying": 1, "kind": HoldKind.MANUAL}, ()),
        ({"qualifying": 1, "policy": gate_policy(continue_allowed=True)}, ()),
    ],
)
def test_the_lift_of_a_hold_is_refused_with_every_reason(changes, codes):
    assert may_sign_lift(ok_lift(**changes)).codes == codes


def test_under_the_literal_policy_the_page_says_that_no_decision_can_continue():
    (reason,) = may_sign_lift(ok_lift(qualifying=1)).reasons
    assert "no decision can continue dosing of this cohort" in reason.message
    assert "amendment" in reason.message


def test_a_hold_is_lifted_by_the_roles_that_the_policy_names():
    assert lifting_role(frozenset({MM, DSMB}), policy=gate_policy()) is MM
    assert lifting_role(frozenset({DSMB}), policy=gate_policy()) is None
    assert unsigned_roles(cast(pi=PROCEED), policy=gate_policy()) == (MM,)
