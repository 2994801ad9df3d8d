"""Reports: what can be made, what is being made, the files, and their verification."""

from __future__ import annotations

from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from reports.forms.verification import VerificationForm
from reports.models import Report
from reports.rules.states import ReportState
from reports.selectors.reports import possible_reports, report_by_hash, reports_of, standing_dossier
from reports.services import requests
from safety.models import GateReview
from trial import clock
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import requires
from trial.permissions import Permission

_PAGE = 25


@require_GET
@requires(Permission.REPORT_DOWNLOAD)
def report_list(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    page = Paginator(reports_of(trial.study), _PAGE).get_page(request.GET.get("page"))
    context = {"possible": possible_reports(trial.study), "page": page}
    return render(request, "reports/report_list.html", context)


@require_GET
@requires(Permission.REPORT_DOWNLOAD)
def report(request: HttpRequest, pk: int) -> HttpResponse:
    shown = _report(trial_of(request), pk)
    trail = [{"label": _("Reports"), "url": reverse("report-list")}, {"label": shown.label}]
    return render(request, "reports/report.html", {"report": shown, "breadcrumbs": trail})


@require_GET
@requires(Permission.REPORT_DOWNLOAD)
def report_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The fragment that asks again by itself until the report is ready or has failed."""
    trial = trial_of(request)
    context = {"report": _report(trial, pk), "site_zone": trial.access.timezone}
    return render(request, "reports/_report_state.html", context)


@require_GET
@requires(Permission.REPORT_DOWNLOAD)
def report_download(request: HttpRequest, pk: int) -> HttpResponseBase:
    shown = _report(trial_of(request), pk)
    if shown.state != ReportState.READY or not default_storage.exists(shown.path):
        raise Http404
    name = f"{shown.study.registry_id}-{shown.kind.replace('_', '-')}-{shown.pk}.pdf"
    return FileResponse(
        default_storage.open(shown.path), as_attachment=True, filename=name, content_type="application/pdf"
    )


@requires(Permission.REPORT_DOWNLOAD)
def gate_dossier_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """A GET leads to the finished file, or offers to make it; a POST asks for it."""
    trial = trial_of(request)
    reviews = GateReview.objects.select_related("cohort__study", "protocol_version")
    review = get_object_or_404(reviews, pk=pk, cohort__study=trial.study)
    if request.method == "POST":
        made = requests.gate_dossier(review=review, by=trial.user, at=trial.at, true_now=clock.true_now())
        return redirect("report", pk=made.pk)
    standing = standing_dossier(review)
    if standing is not None and standing.state == ReportState.READY:
        return redirect("report-download", pk=standing.pk)
    if standing is not None:
        return redirect("report", pk=standing.pk)
    trail = [{"label": _("Reports"), "url": reverse("report-list")}, {"label": _("Gate dossier")}]
    return render(request, "reports/gate_dossier_request.html", {"review": review, "breadcrumbs": trail})


@requires(Permission.PUBLIC)
def report_verify(request: HttpRequest) -> HttpResponse:
    """For anyone who holds a PDF: whether it is, byte for byte, one that this installation made. Shows no content."""
    is_question = request.method == "POST"
    form = VerificationForm(request.POST if is_question else None, request.FILES if is_question else None)
    context: dict[str, object] = {"form": form}
    if request.method == "POST" and form.is_valid():
        digest = form.cleaned_data["sha256"].lower()
        context |= {"asked": digest, "found": report_by_hash(digest)}
    return render(request, "reports/report_verify.html", context)


def _report(trial: TrialContext, pk: int) -> Report:
    rows = Report.objects.select_related("requested_by", "study")
    return get_object_or_404(rows, pk=pk, study=trial.study)
