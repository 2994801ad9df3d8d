"""While votes are hidden, who has voted is not missing, and has agreed to nothing."""

from datetime import UTC, datetime

from safety.rules.gate_facts import DecisionFacts
from safety.rules.states import GateDecision
from safety.rules.votes import count_votes
from tests.builders.policy import gate_policy

AT = datetime(2025, 4, 1, tzinfo=UTC)


def ballot(*undisclosed):
    facts = DecisionFacts(decision=GateDecision.PROCEED, at=AT, undisclosed=undisclosed)
    (counted,) = count_votes([facts], policy=gate_policy())
    return counted


def test_only_who_has_not_voted_is_missing():
    assert ballot("medical_monitor").missing == ("principal_investigator",)
    assert ballot("medical_monitor").is_open


def test_hidden_votes_of_everybody_permit_nothing():
    counted = ballot("medical_monitor", "principal_investigator")
    assert counted.missing == ()
    assert not counted.proceeds
    assert counted.is_open
    assert counted.completed_at is None
