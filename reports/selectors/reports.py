"""Reports made, being made, and possible."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from reports.documents.gate_dossier import inputs_sha256, label_of
from reports.models import Report
from reports.rules.states import ReportKind, ReportState
from safety.models import GateReview
from trial.models import Study

# Reviews of a trial are few; a list longer than this would be a defect.
_MOST = 50


@dataclass(frozen=True, slots=True)
class PossibleReport:
    """A document that can be asked for, with the one that stands for it already, if any."""

    review: GateReview
    label: str
    report: Report | None


def reports_of(study: Study) -> QuerySet[Report]:
    """The latest first."""
    return Report.objects.filter(study=study).select_related("requested_by").order_by("-id")


def possible_reports(study: Study) -> tuple[PossibleReport, ...]:
    reviews = GateReview.objects.filter(cohort__study=study).select_related("cohort__study")
    reviews = reviews.prefetch_related("votes__signature").order_by("-convened_at", "-id")[:_MOST]
    standing = Report.objects.filter(study=study, kind=ReportKind.GATE_DOSSIER).exclude(state=ReportState.FAILED)
    by_inputs = {report.inputs_sha256: report for report in standing}
    return tuple(PossibleReport(review, label_of(review), by_inputs.get(inputs_sha256(review))) for review in reviews)


def standing_dossier(review: GateReview) -> Report | None:
    """The report for this review as it stands now, whatever its state but failed."""
    rows = Report.objects.filter(
        study=review.cohort.study, kind=ReportKind.GATE_DOSSIER, inputs_sha256=inputs_sha256(review)
    )
    return rows.exclude(state=ReportState.FAILED).first()


def report_by_hash(sha256: str) -> Report | None:
    """The report whose file has this hash, whichever the study."""
    return Report.objects.filter(sha256=sha256.lower()).exclude(sha256="").select_related("study").first()
