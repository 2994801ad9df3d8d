"""The HTTP API, version 1. Each app has its own list."""

from django.urls import URLPattern, URLResolver, include, path

from config.clock_api import ClockDetail
from config.views import api_docs, schema

urlpatterns: list[URLPattern | URLResolver] = [
    path("schema/", schema, name="api-schema"),
    path("docs/", api_docs, name="api-docs"),
    path("clock/", ClockDetail.as_view(), name="api-clock"),
    path("", include("trial.api_urls")),
    path("", include("enrollment.api_urls")),
    path("", include("dosing.api_urls")),
    path("", include("followup.api_urls")),
    path("", include("safety.api_urls")),
    path("", include("reports.api_urls")),
]
