"""Every state that is stored has a word, a shape and a tone: a reader never meets a code with a question mark."""

from __future__ import annotations

from enum import StrEnum

import pytest

from dosing.rules.states import InfusionState, LotState, UnitState
from enrollment.rules.screening_log import AttemptOutcome
from enrollment.rules.states import SubjectState
from followup.rules.states import VisitState
from followup.rules.visit_status import VisitStatus
from reports.rules.states import ReportState
from safety.rules.cohort_state import CohortState
from safety.rules.outcome import Verdict
from safety.rules.states import GateDecision
from trial.templatetags.states import STATES

SHOWN = (
    SubjectState,
    AttemptOutcome,
    InfusionState,
    LotState,
    UnitState,
    VisitState,
    VisitStatus,
    CohortState,
    Verdict,
    GateDecision,
    ReportState,
)
CODES = [(kind, state) for kind in SHOWN for state in kind]


@pytest.mark.parametrize(("kind", "state"), CODES, ids=[f"{kind.__name__}.{state.name}" for kind, state in CODES])
def test_a_state_stands_in_the_table_of_looks(kind: type[StrEnum], state: StrEnum) -> None:
    assert state.value.upper() in STATES
