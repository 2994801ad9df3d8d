"""The words in which closed lists of adverse events stand on pages."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from safety.rules.states import ActionTaken, GateDecision, Outcome, Relationship, SeriousnessCriterion

Words = dict[str, str | Promise]

RELATIONSHIPS: Words = {
    Relationship.NOT_ASSESSED: _("not assessed yet"),
    Relationship.UNRELATED: _("unrelated"),
    Relationship.UNLIKELY: _("unlikely"),
    Relationship.POSSIBLE: _("possible"),
    Relationship.PROBABLE: _("probable"),
    Relationship.DEFINITE: _("definite"),
}
CRITERIA: Words = {
    SeriousnessCriterion.DEATH: _("death"),
    SeriousnessCriterion.LIFE_THREATENING: _("life-threatening"),
    SeriousnessCriterion.HOSPITALISATION: _("hospital stay, or its prolongation (the planned stay is none)"),
    SeriousnessCriterion.DISABILITY: _("persistent or significant disability"),
    SeriousnessCriterion.CONGENITAL: _("congenital anomaly"),
    SeriousnessCriterion.IMPORTANT: _("other important medical event"),
}
OUTCOMES: Words = {
    Outcome.RECOVERED: _("recovered"),
    Outcome.RECOVERING: _("recovering"),
    Outcome.NOT_RECOVERED: _("not recovered"),
    Outcome.SEQUELAE: _("recovered with sequelae"),
    Outcome.FATAL: _("fatal"),
    Outcome.UNKNOWN: _("unknown"),
}
ACTIONS: Words = {
    ActionTaken.NONE: _("none"),
    ActionTaken.INTERRUPTED: _("infusion interrupted"),
    ActionTaken.STOPPED: _("infusion stopped"),
    ActionTaken.DELAYED: _("next infusion delayed"),
    ActionTaken.CANCELLED: _("next infusion cancelled"),
    ActionTaken.NOT_APPLICABLE: _("not applicable"),
    ActionTaken.UNKNOWN: _("unknown"),
}
DECISIONS: Words = {
    GateDecision.PROCEED: _("Proceed: open the next cohort"),
    GateDecision.EXPAND: _("Expand this cohort"),
    GateDecision.HOLD: _("Hold: the next cohort stays closed"),
    GateDecision.STOP: _("Stop the escalation"),
    GateDecision.CONTINUE: _("Continue inside the cohort"),
}


def choices(words: Words) -> list[tuple[str, str | Promise]]:
    return [(str(code), word) for code, word in words.items()]
