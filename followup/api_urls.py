"""API addresses of follow-up."""

from django.urls import URLPattern, URLResolver, path

from followup.api import visits

urlpatterns: list[URLPattern | URLResolver] = [
    path("visits/", visits.VisitList.as_view(), name="api-visit-list"),
    path("visits/<int:pk>/", visits.VisitDetail.as_view(), name="api-visit"),
    path("visits/<int:pk>/complete/", visits.CompleteVisit.as_view(), name="api-visit-complete"),
    path("visits/<int:pk>/missed/", visits.MissedVisit.as_view(), name="api-visit-missed"),
]
