"""The rows that the outlook of all infusions of a study looks at, read together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from dosing.models import Infusion, ProductUnit
from dosing.rules.states import UnitState
from enrollment.models import Allocation, ConsentVersion, EligibilitySnapshot, InformedConsent, Screening
from trial.models import CohortClearance, DosingHold, Study

_Row = TypeVar("_Row")
_MEANT = (UnitState.ASSIGNED, UnitState.ISSUED)


@dataclass(frozen=True, slots=True)
class OutlookRows:
    """All rows that concern the subjects who ever had a slot, by subject id where they belong to one."""

    infusions: Mapping[int, Sequence[Infusion]]
    screenings: Mapping[int, Screening]
    snapshots: Mapping[int, Sequence[EligibilitySnapshot]]
    consents: Mapping[int, Sequence[InformedConsent]]
    required: Mapping[int, Sequence[ConsentVersion]]
    clearances: Mapping[int, Sequence[CohortClearance]]
    holds: Sequence[DosingHold]
    first_infusions: Mapping[int, Sequence[tuple[int, datetime]]]
    units: Mapping[tuple[int, int], ProductUnit]


def outlook_rows(study: Study, ever: Sequence[Allocation], *, at: datetime) -> OutlookRows:
    """Eight queries. ``ever``: the allocations of all subjects that are asked about."""
    subjects = [allocation.subject_id for allocation in ever]
    infusions, first = _infusions(study)
    snapshots = EligibilitySnapshot.objects.filter(screening__subject__in=subjects, signature__signed_at__lte=at)
    consents = InformedConsent.objects.filter(subject__in=subjects).select_related("consent_version")
    required = ConsentVersion.objects.filter(site__study=study, reconsent_required=True)
    clearances = CohortClearance.objects.filter(cohort__study=study)
    units = ProductUnit.objects.filter(assigned_subject__in=subjects, state__in=_MEANT).select_related("lot")
    return OutlookRows(
        infusions=infusions,
        screenings={row.subject_id: row for row in Screening.objects.filter(subject__in=subjects).order_by("attempt")},
        snapshots=_grouped(
            (row.screening.subject_id, row) for row in snapshots.select_related("signature", "screening").order_by("pk")
        ),
        consents=_grouped((row.subject_id, row) for row in consents),
        required=_grouped((row.site_id, row) for row in required),
        clearances=_grouped((row.cohort_id, row) for row in clearances),
        holds=list(DosingHold.objects.filter(study=study).order_by("placed_at", "id")),
        first_infusions=first,
        units={(row.assigned_subject_id, row.assigned_infusion_number): row for row in units.order_by("pk")},  # type: ignore[misc]  # both are set where one is
    )


def _infusions(
    study: Study,
) -> tuple[Mapping[int, Sequence[Infusion]], Mapping[int, Sequence[tuple[int, datetime]]]]:
    """Infusions by subject; and of each cohort who began a first infusion, and when: who left it was exposed too."""
    rows = Infusion.objects.filter(subject__study=study, subject__allocation__isnull=False)
    own: defaultdict[int, list[Infusion]] = defaultdict(list)
    first: defaultdict[int, list[tuple[int, datetime]]] = defaultdict(list)
    for row in rows.select_related("subject__allocation__slot").order_by("number", "pk"):
        own[row.subject_id].append(row)
        if row.number == 1 and row.started_at is not None:
            first[row.subject.allocation.slot.cohort_id].append((row.subject_id, row.started_at))
    return own, first


def _grouped(pairs: Iterable[tuple[int, _Row]]) -> Mapping[int, Sequence[_Row]]:
    found: defaultdict[int, list[_Row]] = defaultdict(list)
    for key, row in pairs:
        found[key].append(row)
    return found
