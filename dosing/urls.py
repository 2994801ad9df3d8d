"""Addresses of dosing."""

from django.urls import URLPattern, URLResolver, path

from dosing import product_urls
from dosing.views import infusion_acts, infusions

urlpatterns: list[URLPattern | URLResolver] = [
    *product_urls.urlpatterns,
    path("subjects/<str:code>/infusions/plan/", infusions.infusion_plan, name="infusion-plan"),
    path("infusions/", infusions.infusion_list, name="infusion-list"),
    path("infusions/<int:pk>/", infusions.infusion, name="infusion"),
    path("infusions/<int:pk>/day/", infusion_acts.infusion_day, name="infusion-day"),
    path("infusions/<int:pk>/sign-off/", infusions.infusion_sign_off, name="infusion-sign-off"),
    path("infusions/<int:pk>/verify/", infusion_acts.infusion_verify, name="infusion-verify"),
    path("infusions/<int:pk>/start/", infusion_acts.infusion_start, name="infusion-start"),
    path("infusions/<int:pk>/start-late/", infusion_acts.infusion_start_late, name="infusion-start-late"),
    path("infusions/<int:pk>/pause/", infusion_acts.infusion_pause, name="infusion-pause"),
    path("infusions/<int:pk>/resume/", infusion_acts.infusion_resume, name="infusion-resume"),
    path("infusions/<int:pk>/complete/", infusion_acts.infusion_complete, name="infusion-complete"),
    path("infusions/<int:pk>/stop/", infusion_acts.infusion_stop, name="infusion-stop"),
    path("infusions/<int:pk>/not-given/", infusion_acts.infusion_not_given, name="infusion-not-given"),
]
