"""Making a report, once, whatever happens to the worker that makes it.

1. A worker claims the row (SKIP LOCKED), takes an advisory lock in its own session, and commits RUNNING.
2. It renders outside any transaction: that takes seconds.
3. It stores the file and commits READY with its hash.
The session's lock ends with its process. So a RUNNING report whose lock is free belongs to a dead worker: the sweep
queues it again, and after some attempts gives it up, visibly.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction

from reports.documents.gate_dossier import GateDossierPdf
from reports.documents.unit_label import UnitLabelPdf, labelled_unit
from reports.models import Report
from reports.rules.states import ReportKind, ReportState
from reports.services.requests import knock
from reports.services.states import advance
from safety.models import GateReview
from trial.services.notifications import notify
from trial.services.regulated import regulated
from trial.services.studies import service_user

ATTEMPTS = 3
# The first of the two keys of this lock; the second is the report's number.
_LOCK = 7_401
# A long queue is not knocked for as a whole at every sweep.
_MOST_KNOCKS = 20


def make(report_id: int, *, at: datetime) -> bool:
    """Make the report unless somebody else does or did. Answers whether this call made it."""
    with _claimed(report_id, at=at) as report:
        if report is None:
            return False
        body = _body(report)
        digest = hashlib.sha256(body).hexdigest()
        path = f"reports/{report.study.registry_id}/{report.pk}-{digest[:16]}.pdf"
        if not default_storage.exists(path):
            path = default_storage.save(path, ContentFile(body))
        with regulated(by=service_user(), act="reports.finish"):
            advance(report, ReportState.READY)
            report.sha256, report.path, report.finished_at = digest, path, at
            report.save(update_fields=["state", "sha256", "path", "finished_at"])
            _tell(report, title=f"Ready: {report.label}", at=at)
        return True


def give_up(report_id: int, *, error: str, at: datetime) -> None:
    """Close a report that cannot be made, saying why."""
    with regulated(by=service_user(), act="reports.fail"):
        report = Report.objects.select_for_update(of=("self",)).select_related("study").get(pk=report_id)
        if report.state == ReportState.RUNNING:
            advance(report, ReportState.FAILED)
            report.error, report.finished_at = error, at
            report.save(update_fields=["state", "error", "finished_at"])
            _tell(report, title=f"Could not be made: {report.label}", at=at)


def revive(*, at: datetime) -> int:
    """Queue what dead workers left, and knock for everything that waits. Answers for how many it knocked."""
    for pk in Report.objects.filter(state=ReportState.RUNNING).order_by("id").values_list("pk", flat=True):
        with transaction.atomic():
            _revive_one(pk, at=at)
    queued = Report.objects.filter(state=ReportState.QUEUED).order_by("id")
    waiting = list(queued.values_list("pk", flat=True)[:_MOST_KNOCKS])
    for pk in waiting:
        knock(pk)
    return len(waiting)


def _revive_one(report_id: int, *, at: datetime) -> None:
    if not _try_lock("pg_try_advisory_xact_lock", report_id):
        return
    report = Report.objects.get(pk=report_id)
    if report.state != ReportState.RUNNING:
        return
    if report.attempts >= ATTEMPTS:
        give_up(report_id, error=f"The worker ended {report.attempts} times while making it.", at=at)
        return
    with regulated(by=service_user(), act="reports.requeue"):
        advance(report, ReportState.QUEUED)
        report.save(update_fields=["state"])


@contextmanager
def _claimed(report_id: int, *, at: datetime) -> Iterator[Report | None]:
    """The report, RUNNING and locked for this session; None when it is not to be had."""
    if not _try_lock("pg_try_advisory_lock", report_id):
        yield None
        return
    try:
        with regulated(by=service_user(), act="reports.claim"):
            rows = Report.objects.select_for_update(skip_locked=True, of=("self",)).select_related(
                "study", "requested_by"
            )
            report = rows.filter(pk=report_id, state=ReportState.QUEUED).first()
            if report is not None:
                advance(report, ReportState.RUNNING)
                report.attempts += 1
                report.save(update_fields=["state", "attempts"])
        yield report
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK, report_id])


def _try_lock(function: str, report_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [_LOCK, report_id])
        row = cursor.fetchone()
    return bool(row[0])


def _body(report: Report) -> bytes:
    return _MAKERS[ReportKind(report.kind)](report)


def _gate_dossier(report: Report) -> bytes:
    review = GateReview.objects.select_related("cohort__study", "protocol_version").get(pk=int(report.reference))
    return GateDossierPdf(review).render()


def _unit_label(report: Report) -> bytes:
    unit = labelled_unit(int(report.reference))
    return UnitLabelPdf(unit, created_at=report.cut_off_at).render()


_MAKERS: Mapping[ReportKind, Callable[[Report], bytes]] = {
    ReportKind.GATE_DOSSIER: _gate_dossier,
    ReportKind.UNIT_LABEL: _unit_label,
}


def _tell(report: Report, *, title: str, at: datetime) -> None:
    notify(
        users=[report.requested_by],
        study=report.study,
        key=f"report:{report.pk}:{report.state}",
        title=title[:200],
        path=f"/reports/{report.pk}/",
        at=at,
    )
