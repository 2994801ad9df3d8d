"""API addresses of trial."""

from django.urls import URLPattern, URLResolver, path

from trial.api import deviations, notifications, people, readings, study

urlpatterns: list[URLPattern | URLResolver] = [
    path("study/", study.StudyDetail.as_view(), name="api-study"),
    path("protocol/", study.ProtocolDetail.as_view(), name="api-protocol"),
    path("people/", people.PeopleList.as_view(), name="api-people"),
    path("delegations/", people.DelegationList.as_view(), name="api-delegation-list"),
    path("delegations/terms/", people.DelegationTermsHash.as_view(), name="api-delegation-terms"),
    path("delegations/<int:pk>/revoke/", people.DelegationRevocation.as_view(), name="api-delegation-revoke"),
    path("deviations/", deviations.DeviationList.as_view(), name="api-deviation-list"),
    path("deviations/<int:pk>/", deviations.DeviationDetail.as_view(), name="api-deviation"),
    path("decisions/", readings.DecisionList.as_view(), name="api-decision-list"),
    path("decisions/<int:pk>/read/", readings.DecisionRead.as_view(), name="api-decision-read"),
    path("notifications/", notifications.NotificationList.as_view(), name="api-notification-list"),
    path("notifications/<int:pk>/read/", notifications.NotificationRead.as_view(), name="api-notification-read"),
]
