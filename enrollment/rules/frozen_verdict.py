"""Reading a verdict that was frozen as a document: it is shown as it was judged, and never judged again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from enrollment.rules.eligibility import Criterion, CriterionResult, EligibilityVerdict, Overall
from enrollment.rules.verdict import Verdict
from trial.rules.decision import Reason


def frozen_verdict(document: Mapping[str, Any]) -> EligibilityVerdict:
    """The verdict of ``verdict_document``. Nothing more is needed of it: what was missing then stays missing."""
    return EligibilityVerdict(
        overall=Overall(document["overall"]),
        criteria=tuple(_criterion(row) for row in document["criteria"]),
        pathways={name: Verdict(result) for name, result in document["pathways"].items()},
    )


def _criterion(row: Mapping[str, Any]) -> CriterionResult:
    return CriterionResult(
        code=Criterion(row["code"]),
        result=Verdict(row["result"]),
        used=dict(row["used"]),
        reasons=tuple(Reason(each["code"], each["message"], each["source"]) for each in row["reasons"]),
        needs=(),
    )
