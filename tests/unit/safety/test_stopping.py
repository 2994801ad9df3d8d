"""Rules that hold the study at once."""

from datetime import datetime

import pytest

from safety.rules.gate_facts import EventFacts, GradeFacts
from safety.rules.onset import Onset
from safety.rules.states import Relationship
from safety.rules.stopping import breaches
from trial.protocol.loading import shipped_definition
from trial.rules.site_time import from_wall_clock

RULES = shipped_definition().stopping
ZONE = "Asia/Taipei"
FIRST = {"S1": from_wall_clock(datetime(2025, 3, 3, 10), timezone=ZONE)}


def event(number=1, *, grade=4, term="Fever", onset="2025-03-10", relationship=Relationship.POSSIBLE, **changes):
    return EventFacts(
        id=f"S1 AE {number}",
        subject=changes.pop("subject", "S1"),
        term=term,
        onset=Onset.parse(onset, timezone=ZONE),
        grades=(GradeFacts(grade=grade),),
        relationship=relationship,
        **changes,
    )


def causes(*events):
    return [breach.cause for breach in breaches(events, first_infusions=FIRST, rules=RULES)]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (event(), ["stopping:grade-4:S1 AE 1"]),
        (event(grade=3), []),
        (event(grade=5), []),
        (event(relationship=Relationship.UNLIKELY), []),
        (event(relationship=Relationship.NOT_ASSESSED), ["stopping:grade-4:S1 AE 1"]),
        (event(term="anaphylaxis", grade=3, relationship=Relationship.UNRELATED), ["stopping:term:S1 AE 1"]),
        (event(onset="2025-03-02"), []),
        (event(onset="2025-03-03"), ["stopping:grade-4:S1 AE 1"]),
        (event(subject="S2"), []),
        (event(voided=True), []),
    ],
)
def test_a_severe_related_event_or_a_named_term_stops(found, expected):
    assert causes(found) == expected


def test_two_severe_related_events_of_one_term_stop_and_a_third_stops_again():
    first, second, third = (event(n, grade=3) for n in (1, 2, 3))
    assert causes(first) == []
    assert causes(first, second) == ["stopping:repeated:2:S1 AE 2"]
    assert causes(first, second, third) == ["stopping:repeated:3:S1 AE 3"]
    assert causes(first, event(2, grade=3, term="Chills")) == []
