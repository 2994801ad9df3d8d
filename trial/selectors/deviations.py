"""Deviations as a person may see them: those of the sites they belong to, and those of no site."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from trial.edge.context import TrialContext
from trial.models import Deviation


def visible_deviations(trial: TrialContext) -> QuerySet[Deviation]:
    """The latest first, with the people who raised and classified them."""
    rows = Deviation.objects.filter(study=trial.study).select_related("site", "raised_by", "classified_by")
    sites = trial.access.sites(at=trial.at)
    seen = rows if sites is None else rows.filter(Q(site__isnull=True) | Q(site_id__in=sites))
    return seen.order_by("-raised_at", "-id")


def deviation_or_404(trial: TrialContext, *, pk: int) -> Deviation:
    return get_object_or_404(visible_deviations(trial).select_related("study"), pk=pk)
