"""Addresses of follow-up."""

from django.urls import URLPattern, URLResolver, path

from followup.views import visits

urlpatterns: list[URLPattern | URLResolver] = [
    path("visits/", visits.visit_list, name="visit-list"),
    path("visits/<int:pk>/", visits.visit, name="visit"),
    path("visits/<int:pk>/missed/", visits.visit_missed, name="visit-missed"),
]
