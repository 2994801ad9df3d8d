"""The one place where the state of a report changes."""

from __future__ import annotations

from reports.models import Report
from reports.rules.states import TRANSITIONS, ReportState


def advance(report: Report, to: ReportState) -> None:
    """Set the next state; the caller saves. Raises ``ValueError`` for a step that the table does not hold."""
    if to not in TRANSITIONS[ReportState(report.state)]:
        raise ValueError(f"A report does not go from {report.state} to {to}.")
    report.state = to.value
