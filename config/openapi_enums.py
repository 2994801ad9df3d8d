"""What the closed lists of the API are called in its OpenAPI document.

Several lists share a field's name (``state``, ``outcome``), and some stand under two. Without a name each would be
called after a digest of its values, and a generated client would change its names whenever a value is added.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from dosing.rules.states import (
    AlertAction,
    DoseModel,
    ExcursionDecision,
    InfusionState,
    LotState,
    NotGivenBecause,
    PauseReason,
    StopReason,
    UnitState,
)
from enrollment.rules.screening_log import AttemptOutcome
from enrollment.rules.states import ConsentStatus, InterviewKind, OpeningPurpose, WithdrawalScope
from safety.rules.cohort_state import CohortState
from safety.rules.outcome import Verdict
from safety.rules.states import Outcome


def _values(members: Iterable[StrEnum]) -> list[str]:
    return [member.value for member in members]


ENUM_NAMES = {
    "AlertActionEnum": _values(AlertAction),
    "AttemptOutcomeEnum": _values(AttemptOutcome),
    "CohortStateEnum": _values(CohortState),
    "ConsentStatusEnum": _values(ConsentStatus),
    "DoseModelEnum": _values(DoseModel),
    "EventOutcomeEnum": _values(Outcome),
    "ExcursionDecisionEnum": [decision.value for decision in ExcursionDecision if decision.value],
    "GateVerdictEnum": _values(Verdict),
    "InfusionStateEnum": _values(InfusionState),
    "InterviewKindEnum": _values(InterviewKind),
    "LotStateEnum": _values(LotState),
    "NotGivenBecauseEnum": _values(NotGivenBecause),
    "OpeningPurposeEnum": _values(OpeningPurpose),
    "PauseReasonEnum": _values(PauseReason),
    "StopReasonEnum": _values(StopReason),
    "UnitStateEnum": _values(UnitState),
    "WithdrawalScopeEnum": _values(WithdrawalScope),
}
