"""Addresses of reports."""

from django.urls import URLPattern, URLResolver, path, re_path

from reports.views import (
    allocation,
    board,
    calendar,
    cohorts,
    history,
    labels,
    participant_flow,
    reports,
    status,
    subject,
    work,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", board.board, name="board"),
    path("work/", work.work, name="work"),
    # A code ends in its number, which tells it from the other addresses below "subjects".
    re_path(r"^subjects/(?P<code>[^/]*\d)/$", subject.subject, name="subject"),
    path("subjects/<str:code>/history/", subject.subject_changes, name="subject-history"),
    path("subjects/<str:code>/allocation/", allocation.allocation, name="allocate"),
    path("waiting-list/", allocation.waiting_list, name="waiting-list"),
    path("participant-flow/", participant_flow.flow, name="participant-flow"),
    path("cohorts/", cohorts.cohort_list, name="cohort-list"),
    path("cohorts/<int:number>/", cohorts.cohort, name="cohort"),
    path("calendar/", calendar.calendar_month, name="calendar"),
    path("calendar/list/", calendar.calendar_list, name="calendar-list"),
    path("reports/", reports.report_list, name="report-list"),
    path("reports/verify/", reports.report_verify, name="report-verify"),
    path("reports/<int:pk>/", reports.report, name="report"),
    path("reports/<int:pk>/progress/", reports.report_progress, name="report-progress"),
    path("reports/<int:pk>/download/", reports.report_download, name="report-download"),
    path("product/units/<int:pk>/label/pdf/", labels.unit_label_pdf, name="unit-label-pdf"),
    path("reports/gate-dossier/<int:pk>/", reports.gate_dossier_pdf, name="gate-dossier-pdf"),
    path("history/", history.history, name="history"),
    path("status/", status.status, name="status"),
]
