"""Holds on dosing for pages and programs: those that this person may see, and where a new one can be placed."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.http import Http404

from dosing.models import Infusion
from dosing.rules.states import InfusionState
from enrollment.selectors.subjects import visible_subjects
from trial.edge.context import TrialContext
from trial.models import DosingHold, ElectronicSignature

_BEFORE_OR_DURING = (
    InfusionState.PLANNED,
    InfusionState.CLEARED,
    InfusionState.PRODUCT_ISSUED,
    InfusionState.RUNNING,
    InfusionState.PAUSED,
)


def visible_holds(trial: TrialContext) -> QuerySet[DosingHold]:
    """Holds of the study and of cohorts; of subjects only those whom this person may see. Those in force first."""
    codes = visible_subjects(trial).select_related(None).values("code")
    rows = DosingHold.objects.filter(Q(subject_code="") | Q(subject_code__in=codes), study=trial.study)
    return rows.select_related("cohort", "placed_by").order_by("-placed_at", "-id")


def hold_or_404(trial: TrialContext, *, pk: int) -> DosingHold:
    found = visible_holds(trial).select_related("study", "cohort__study", "placed_by").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def subjects_to_hold(trial: TrialContext, *, asked: str) -> list[str]:
    """Codes of subjects with an infusion that is to be given or runs, and the one that was asked for."""
    visible = visible_subjects(trial).select_related(None)
    dosing = Infusion.objects.filter(state__in=_BEFORE_OR_DURING).values("subject")
    wanted = Q(pk__in=dosing) | Q(code=asked) if asked.isprintable() else Q(pk__in=dosing)
    return list(visible.filter(wanted).order_by("code").values_list("code", flat=True).distinct())


def lift_signatures(hold: DosingHold) -> tuple[ElectronicSignature, ...]:
    """The signatures that ended the hold, in the order in which they were given."""
    return tuple(ElectronicSignature.objects.filter(pk__in=hold.lift_signatures).order_by("id"))
