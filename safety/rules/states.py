"""States and closed lists of safety. Models take their choices from here."""

from __future__ import annotations

from enum import StrEnum


class Relationship(StrEnum):
    """Causality to the product, in five points, and "not yet assessed". Related: possible or above."""

    UNRELATED = "unrelated"
    UNLIKELY = "unlikely"
    POSSIBLE = "possible"
    PROBABLE = "probable"
    DEFINITE = "definite"
    NOT_ASSESSED = "not_assessed"


class SeriousnessCriterion(StrEnum):
    """ICH E2A. Severity is another matter."""

    DEATH = "death"
    LIFE_THREATENING = "life_threatening"
    HOSPITALISATION = "hospitalisation"
    DISABILITY = "disability"
    CONGENITAL = "congenital"
    IMPORTANT = "important"


class Outcome(StrEnum):
    RECOVERED = "recovered"
    RECOVERING = "recovering"
    NOT_RECOVERED = "not_recovered"
    SEQUELAE = "recovered_with_sequelae"
    FATAL = "fatal"
    UNKNOWN = "unknown"


class ActionTaken(StrEnum):
    NONE = "none"
    INTERRUPTED = "infusion_interrupted"
    STOPPED = "infusion_stopped"
    DELAYED = "next_infusion_delayed"
    CANCELLED = "next_infusion_cancelled"
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"


class GateDecision(StrEnum):
    PROCEED = "PROCEED"
    HOLD = "HOLD"
    STOP = "STOP"
    EXPAND = "EXPAND"
    CONTINUE = "CONTINUE"
