"""Subjects as a person may see them: those of their sites."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from enrollment.models import Subject
from trial.edge.context import TrialContext
from trial.models import Site
from trial.permissions import Permission


def visible_subjects(trial: TrialContext) -> QuerySet[Subject]:
    """The subjects of this study at the sites this person belongs to. An invisible subject is an unknown one (404)."""
    related = Subject.objects.filter(visible(trial)).select_related("site", "protocol_version", "study")
    # The definition is read once in the life of a process, and is far longer than everything else here.
    return related.defer("protocol_version__canonical")


def visible(trial: TrialContext, *, subject: str = "") -> Q:
    """The condition for seeing a subject; ``subject="subject__"`` for rows that belong to one."""
    of_study = Q(**{f"{subject}study": trial.study})
    sites = trial.access.sites(at=trial.at)
    return of_study if sites is None else of_study & Q(**{f"{subject}site_id__in": sites})


def subject_or_404(trial: TrialContext, *, code: str) -> Subject:
    """The visible subject with this code. A code with characters that no code has is nobody's."""
    if not code.isprintable():
        raise Http404
    return get_object_or_404(visible_subjects(trial), code=code)


def site_of_subject(trial: TrialContext, *, code: str) -> Site:
    """For the forms about one subject whose drafts are kept."""
    return subject_or_404(trial, code=code).site


def sites_of(trial: TrialContext, *, permission: Permission) -> tuple[Site, ...]:
    """The sites of the study at which this person may do that today. One query."""
    sites = Site.objects.filter(study=trial.study).select_related("study").order_by("code")
    return tuple(site for site in sites if trial.may(permission, site=site))
