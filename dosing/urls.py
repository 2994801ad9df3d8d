"""Addresses of dosing."""

from django.urls import URLPattern, URLResolver, path

from dosing import product_urls
from dosing.views import (
    breaches,
    infusion_acts,
    infusions,
    pregnancies,
    preparation_acts,
    vital_acts,
)

urlpatterns: list[URLPattern | URLResolver] = [
    *product_urls.urlpatterns,
    path("subjects/<str:code>/infusions/plan/", infusions.infusion_plan, name="infusion-plan"),
    path("subjects/<str:code>/pregnancy/", pregnancies.pregnancy_report, name="pregnancy-report"),
    path("infusions/", infusions.infusion_list, name="infusion-list"),
    path("infusions/<int:pk>/", infusions.infusion, name="infusion"),
    path("infusions/<int:pk>/day/", preparation_acts.infusion_day, name="infusion-day"),
    path("infusions/<int:pk>/prepare/", preparation_acts.infusion_prepare, name="infusion-prepare"),
    path("infusions/<int:pk>/premedication/", preparation_acts.premedication_give, name="premedication-give"),
    path(
        "infusions/<int:pk>/premedication/<int:row>/void/",
        preparation_acts.premedication_void,
        name="premedication-void",
    ),
    path("infusions/<int:pk>/identify/", preparation_acts.infusion_identify, name="infusion-identify"),
    path("infusions/<int:pk>/changed/", vital_acts.infusion_changed, name="infusion-changed"),
    path("infusions/<int:pk>/vital-signs/", vital_acts.vitals_record, name="vitals-record"),
    path("infusions/<int:pk>/vital-signs/not-done/", vital_acts.vitals_not_done, name="vitals-not-done"),
    path("infusions/<int:pk>/vital-signs/<int:row>/correct/", vital_acts.vitals_correct, name="vitals-correct"),
    path("infusions/<int:pk>/vital-signs/<int:row>/answer/", vital_acts.vitals_answer, name="vitals-answer"),
    path("infusions/<int:pk>/observed/", infusion_acts.infusion_observed, name="infusion-observed"),
    path("infusions/<int:pk>/discharge/", infusion_acts.infusion_discharge, name="infusion-discharge"),
    path("infusions/<int:pk>/sign-off/", infusions.infusion_sign_off, name="infusion-sign-off"),
    path("infusions/<int:pk>/verify/", preparation_acts.infusion_verify, name="infusion-verify"),
    path("infusions/<int:pk>/start/", infusion_acts.infusion_start, name="infusion-start"),
    path("infusions/<int:pk>/start-late/", infusion_acts.infusion_start_late, name="infusion-start-late"),
    path("infusions/<int:pk>/breach/", breaches.infusion_breach, name="infusion-breach"),
    path("infusions/<int:pk>/pause/", infusion_acts.infusion_pause, name="infusion-pause"),
    path("infusions/<int:pk>/resume/", infusion_acts.infusion_resume, name="infusion-resume"),
    path("infusions/<int:pk>/complete/", infusion_acts.infusion_complete, name="infusion-complete"),
    path("infusions/<int:pk>/stop/", infusion_acts.infusion_stop, name="infusion-stop"),
    path("infusions/<int:pk>/not-given/", infusion_acts.infusion_not_given, name="infusion-not-given"),
]
