"""What may happen next in a cohort, in words."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from reports import addresses
from reports.selectors.cohort_next import Step, StepKind
from trial.templatetags.look import trial_date

# The rest stands folded beneath them: a checklist of a gate has many.
_FIRST_REASONS = 3


def step_shown(step: Step) -> Mapping[str, object]:
    """``who``: the subject or the slot; ``standing``: whether it may happen now; ``url``: where it is done."""
    return {
        "title": _title(step),
        "url": _url(step),
        "who": _("another site") if step.is_elsewhere else step.subject,
        "who_url": addresses.subject(step.subject) if step.subject else "",
        "slot": step.slot,
        "when": _when(step),
        "planned": trial_date(step.planned_on) if step.planned_on else "",
        "standing": _standing(step),
        "reasons": step.reasons[:_FIRST_REASONS],
        "further_reasons": step.reasons[_FIRST_REASONS:],
    }


def _title(step: Step) -> str:
    if step.kind is StepKind.RUNNING:
        return _("Infusion %(number)s is under way") % {"number": step.infusion}
    if step.kind is StepKind.INFUSION and step.state:
        return _("Infusion %(number)s") % {"number": step.infusion}
    if step.kind is StepKind.INFUSION:
        return _("Plan infusion %(number)s") % {"number": step.infusion}
    if step.kind is StepKind.ALLOCATION:
        return _("Fill slot %(slot)s") % {"slot": step.slot}
    return _("Review of the gate")


def _url(step: Step) -> str:
    if step.pk is not None:
        return addresses.infusion(step.pk)
    if step.kind is StepKind.INFUSION and step.subject:
        return addresses.infusion_plan(step.subject)
    if step.kind is StepKind.ALLOCATION:
        return addresses.allocation(step.subject) if step.subject else addresses.waiting()
    return ""


def _when(step: Step) -> str:
    if step.kind is StepKind.RUNNING:
        return _("now")
    if step.from_on and step.until_on:
        days = {"first": trial_date(step.from_on), "last": trial_date(step.until_on)}
        return _("%(first)s to %(last)s") % days
    if step.from_on:
        return _("from %(first)s") % {"first": trial_date(step.from_on)}
    if step.until_on:
        return _("until %(last)s") % {"last": trial_date(step.until_on)}
    return _("now") if step.allowed else _("when what stands against it is settled")


def _standing(step: Step) -> str:
    """A state of the table of states."""
    if step.kind is StepKind.RUNNING:
        return step.state
    # What the bedside judges is not known before: nothing here says that an infusion may start.
    clear = "CLEAR_AHEAD" if step.kind is StepKind.INFUSION else "MAY_NOW"
    return {True: clear, False: "NOT_YET", None: "ELSEWHERE"}[step.allowed]
