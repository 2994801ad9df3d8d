"""The consent forms of the sites a person belongs to, with how many participants are on each. Two queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import Http404

from enrollment.models import ConsentVersion, Subject
from enrollment.selectors.reconsent import subjects_by_version
from enrollment.selectors.subjects import visible
from trial.edge.context import TrialContext
from trial.rules.site_time import site_date


@dataclass(frozen=True, slots=True)
class VersionLine:
    """``subjects``: who takes part under it; ``due``: who has to sign it, or a newer one, and has not yet."""

    version: ConsentVersion
    subjects: int
    due: int


def visible_versions(trial: TrialContext) -> QuerySet[ConsentVersion]:
    """The forms of this study's sites to which this person belongs."""
    versions = ConsentVersion.objects.filter(site__study=trial.study).select_related("site__study", "entered_by")
    sites = trial.access.sites(at=trial.at)
    return versions if sites is None else versions.filter(site__in=sites)


def version_or_404(trial: TrialContext, *, pk: int) -> ConsentVersion:
    version = visible_versions(trial).filter(pk=pk).first()
    if version is None:
        raise Http404
    return version


def version_lines(trial: TrialContext) -> tuple[VersionLine, ...]:
    """Site by site, language by language, the newest first."""
    versions = tuple(visible_versions(trial).order_by("site__code", "language", "-approved_on", "-id"))
    counted = subjects_by_version(Subject.objects.filter(visible(trial)))
    return tuple(
        VersionLine(version, counted[version.pk], _due(version, versions, counted=counted, trial=trial))
        for version in versions
    )


def _due(
    version: ConsentVersion, versions: Iterable[ConsentVersion], *, counted: Counter[int], trial: TrialContext
) -> int:
    """Those whose newest signed form was approved before this one: the definition of ``rules/reconsent.py``."""
    if not version.reconsent_required or version.approved_on > site_date(trial.at, timezone=version.site.timezone):
        return 0
    older = [v for v in versions if v.site_id == version.site_id and v.approved_on < version.approved_on]
    return sum(counted[each.pk] for each in older)
