"""Work around the quality of the conduct: deviations to classify, decisions to read before dosing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from reports.selectors.work_items import WorkGroup, WorkItem
from trial.deviation_labels import CATEGORIES
from trial.edge.context import TrialContext
from trial.models import CohortClearance
from trial.rules.states import ClearanceBasis, DeviationCategory
from trial.selectors.deviations import visible_deviations

MOST = 100


def deviations_to_classify(trial: TrialContext, today: date) -> Iterator[WorkItem]:
    for deviation in visible_deviations(trial).filter(classification="").order_by("raised_at", "id")[:MOST]:
        yield WorkItem(
            kind="deviation",
            title=_("Classify deviation %(n)s") % {"n": deviation.pk},
            subject=deviation.subject_code,
            detail=CATEGORIES[DeviationCategory(deviation.category)],
            due_on=None,
            group=WorkGroup.TODAY,
            url=reverse("deviation", args=[deviation.pk]),
            action=_("Classify"),
        )


def decisions_to_read(trial: TrialContext, today: date) -> Iterator[WorkItem]:
    """Decisions in force that this person has not confirmed."""
    rows = CohortClearance.objects.filter(
        cohort__study=trial.study, basis=ClearanceBasis.GATE_DECISION, revoked_at__isnull=True
    ).exclude(readings__user=trial.user)
    for clearance in rows.select_related("cohort").order_by("opened_at"):
        yield WorkItem(
            kind="decision",
            title=_("Read the decision that opened cohort %(n)s") % {"n": clearance.cohort.number},
            subject="",
            detail=_("before the first product of the cohort is issued"),
            due_on=None,
            group=WorkGroup.TODAY,
            url=reverse("decision-list"),
            action=_("Read"),
        )
