"""Asking for a report: a row first, then a knock at the worker's door."""

from __future__ import annotations

import logging
from datetime import datetime

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from dosing.models import ProductUnit
from reports.documents.gate_dossier import inputs_sha256, label_of
from reports.documents.unit_label import label_sha256, labelled_unit
from reports.models import Report
from reports.rules.states import ReportKind, ReportState
from safety.models import GateReview
from trial.models import Study, User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.services.regulated import regulated

_log = logging.getLogger(__name__)
TASK = "reports.tasks.make_report"


def gate_dossier(*, review: GateReview, by: User, at: datetime, true_now: datetime) -> Report:
    """The PDF of a frozen dossier with its signatures as they stand. Asked for twice it is made once.

    Raises ``NotPermitted``. Source: gate rule, decision record; 21 CFR 11.10(b), 11.50.
    """
    study = review.cohort.study
    with regulated(by=by, act="reports.request", study=study):
        require_permission(by, Permission.REPORT_DOWNLOAD, study=study, at=at)
        return _once(
            study=study,
            kind=ReportKind.GATE_DOSSIER,
            label=label_of(review),
            reference=str(review.pk),
            inputs=inputs_sha256(review),
            by=by,
            at=at,
            cut_off_at=review.convened_at,
            true_now=true_now,
        )


def unit_label(*, unit: ProductUnit, by: User, at: datetime, true_now: datetime) -> Report:
    """The label of a unit as it now stands. Asked for twice it is made once; a change of the unit asks for another.

    Raises ``NotPermitted``. Source: Taiwan GCP Art. 93; EU GMP Annex 13 (labelling of investigational products).
    """
    study = unit.lot.study
    with regulated(by=by, act="reports.request", study=study):
        require_permission(by, Permission.PRODUCT_HANDLE, study=study, at=at)
        fresh = labelled_unit(unit.pk)
        return _once(
            study=study,
            kind=ReportKind.UNIT_LABEL,
            label=f"Label of unit {fresh}",
            reference=str(fresh.pk),
            inputs=label_sha256(fresh),
            by=by,
            at=at,
            cut_off_at=at,
            true_now=true_now,
        )


def _once(
    *,
    study: Study,
    kind: ReportKind,
    label: str,
    reference: str,
    inputs: str,
    by: User,
    at: datetime,
    cut_off_at: datetime,
    true_now: datetime,
) -> Report:
    """The report that stands for these inputs, or a new one in the queue."""
    standing = Report.objects.filter(study=study, kind=kind, inputs_sha256=inputs)
    existing = standing.exclude(state=ReportState.FAILED).first()
    if existing is not None:
        return existing
    report = Report.objects.create(
        study=study,
        kind=kind,
        label=label,
        reference=reference,
        inputs_sha256=inputs,
        requested_by=by,
        requested_at=at,
        cut_off_at=cut_off_at,
        queued_at=true_now,
    )
    transaction.on_commit(lambda: knock(report.pk))
    return report


def knock(report_id: int) -> None:
    """Tell a worker. A broker that does not answer loses nothing: the sweep finds the row and knocks again."""
    try:
        current_app.send_task(TASK, args=[report_id], retry=False)
    except OperationalError:
        _log.warning("The broker did not take report %s; the sweep will.", report_id)
