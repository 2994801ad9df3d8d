"""The readiness checklist of a gate."""

from dataclasses import replace

import pytest

from followup.rules.states import AdverseEventAnswer, VisitState
from safety.rules.checklist import (
    DeviationRecord,
    Endorsed,
    EventRecord,
    InfusionRecord,
    ItemKind,
    SubjectRecord,
    VisitRecord,
    readiness,
)

DONE = VisitRecord(code="I1D28", state=VisitState.DONE, asked=AdverseEventAnswer.NONE)


def ok_record(**changes):
    record = SubjectRecord(
        code="S-001",
        consented=True,
        eligibility_intact=True,
        infusions=(InfusionRecord(number=1),),
        visits=(DONE,),
        observation_planned=True,
        events=(EventRecord(number=1),),
        endorsed=Endorsed.STANDS,
    )
    return replace(record, **changes)


def open_items(record, *, endorsement_required=True):
    items = readiness((record,), endorsement_required=endorsement_required)
    return [(item.kind, item.target) for item in items if not item.is_met]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"consented": False}, [(ItemKind.CONSENT, "")]),
        ({"deviations": (DeviationRecord(number=7, is_classified=True),)}, []),
        ({"deviations": (DeviationRecord(number=7, is_classified=False),)}, [(ItemKind.DEVIATION, "7")]),
        ({"eligibility_intact": None}, [(ItemKind.ELIGIBILITY, "")]),
        ({"eligibility_intact": False}, [(ItemKind.ELIGIBILITY, "")]),
        ({"infusions": (InfusionRecord(number=1, lacks=("it has not ended",)),)}, [(ItemKind.INFUSION, "1")]),
        ({"visits": (replace(DONE, state=VisitState.PLANNED),)}, [(ItemKind.VISIT, "I1D28")]),
        ({"visits": (replace(DONE, state=VisitState.MISSED),)}, []),
        ({"visits": (replace(DONE, asked=AdverseEventAnswer.NOT_ASKED),)}, [(ItemKind.ANSWER, "I1D28")]),
        (
            {"visits": (replace(DONE, asked=AdverseEventAnswer.YES, event_follows=False),)},
            [(ItemKind.ANSWER, "I1D28")],
        ),
        ({"visits": (replace(DONE, asked=AdverseEventAnswer.YES),)}, []),
        ({"observation_planned": False}, [(ItemKind.VISIT, "")]),
        ({"events": (EventRecord(number=2, lacks=("no grade",)),)}, [(ItemKind.EVENT, "2")]),
        ({"endorsed": Endorsed.NOT_YET}, [(ItemKind.ENDORSEMENT, "")]),
        ({"endorsed": Endorsed.BROKEN}, [(ItemKind.ENDORSEMENT, "")]),
    ],
)
def test_each_gap_is_one_open_item(changes, expected):
    assert open_items(ok_record(**changes)) == expected


def test_endorsement_is_asked_for_where_the_policy_wants_it():
    assert open_items(ok_record(endorsed=Endorsed.NOT_YET), endorsement_required=False) == []


def test_an_open_item_says_who_and_what():
    (item,) = [i for i in readiness((ok_record(consented=False),), endorsement_required=True) if not i.is_met]
    assert item.text == "S-001: informed consent: no signed consent before the first infusion is recorded"
