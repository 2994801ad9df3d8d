"""Subjects as a person may see them: those of their sites."""

from __future__ import annotations

from django.db.models import QuerySet

from enrollment.models import Subject
from trial.edge.context import TrialContext


def visible_subjects(trial: TrialContext) -> QuerySet[Subject]:
    """The subjects of this study at the sites this person belongs to. An invisible subject is an unknown one (404)."""
    subjects = Subject.objects.filter(study=trial.study).select_related("site", "protocol_version", "study")
    sites = trial.access.sites(at=trial.at)
    return subjects if sites is None else subjects.filter(site_id__in=sites)
