"""All addresses. Each app has its own list; the order is that of the apps."""

from django.urls import URLPattern, URLResolver, include, path

from config import clock_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", views.healthz, name="healthz"),
    path("sign-in/", views.sign_in, name="login"),
    path("sign-out/", views.sign_out, name="logout"),
    path("clock/", clock_views.clock, name="clock"),
    path("clock/progress/", clock_views.clock_progress, name="clock-progress"),
    path("clock/story/", clock_views.story, name="clock-story"),
    path("", include("reports.urls")),
    path("", include("trial.urls")),
    path("", include("enrollment.urls")),
    path("", include("dosing.urls")),
    path("", include("followup.urls")),
    path("", include("safety.urls")),
    path("api/v1/", include("config.api_urls")),
]

handler400 = "reports.errors.bad_request"
handler403 = "reports.errors.forbidden"
handler404 = "reports.errors.not_found"
handler500 = "reports.errors.server_error"
