"""API addresses of reports."""

from django.urls import URLPattern, URLResolver, path

from reports.api import allocation, calendar, cohorts, overview, participant_flow, reports

urlpatterns: list[URLPattern | URLResolver] = [
    path("board/", overview.BoardDetail.as_view(), name="api-board"),
    path("work/", overview.WorkList.as_view(), name="api-work"),
    path("subjects/<str:code>/allocation/", allocation.SubjectAllocation.as_view(), name="api-allocation"),
    path("waiting-list/", allocation.WaitingList.as_view(), name="api-waiting-list"),
    path("participant-flow/", participant_flow.ParticipantFlowDetail.as_view(), name="api-participant-flow"),
    path("cohorts/", cohorts.CohortList.as_view(), name="api-cohort-list"),
    path("cohorts/<int:number>/", cohorts.CohortDetail.as_view(), name="api-cohort"),
    path("calendar/", calendar.CalendarDetail.as_view(), name="api-calendar"),
    path("reports/", reports.ReportList.as_view(), name="api-report-list"),
    path("reports/<int:pk>/", reports.ReportDetail.as_view(), name="api-report"),
    path("reports/<int:pk>/download/", reports.ReportDownload.as_view(), name="api-report-download"),
    path("history/", reports.HistoryList.as_view(), name="api-history"),
]
