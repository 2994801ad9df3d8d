"""Kinds of reports and their states. The model takes its choices from here; only ``advance`` changes a state."""

from __future__ import annotations

from enum import StrEnum


class ReportKind(StrEnum):
    GATE_DOSSIER = "gate_dossier"
    UNIT_LABEL = "unit_label"


class ReportState(StrEnum):
    """RUNNING holds a lock of its worker's session; without it the worker is dead, and the report queues again."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    READY = "READY"
    FAILED = "FAILED"


TRANSITIONS: dict[ReportState, frozenset[ReportState]] = {
    ReportState.QUEUED: frozenset({ReportState.RUNNING}),
    ReportState.RUNNING: frozenset({ReportState.READY, ReportState.FAILED, ReportState.QUEUED}),
    ReportState.READY: frozenset(),
    ReportState.FAILED: frozenset(),
}
