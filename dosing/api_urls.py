"""API addresses of dosing."""

from django.urls import URLPattern, URLResolver, path

from dosing import product_api_urls
from dosing.api import breaches, infusions, pregnancies, preparation, vital_signs

urlpatterns: list[URLPattern | URLResolver] = [
    *product_api_urls.urlpatterns,
    path("subjects/<str:code>/infusions/", infusions.SubjectInfusions.as_view(), name="api-subject-infusions"),
    path("subjects/<str:code>/pregnancy/", pregnancies.Pregnancies.as_view(), name="api-subject-pregnancy"),
    path("infusions/", infusions.InfusionList.as_view(), name="api-infusion-list"),
    path("infusions/<int:pk>/", infusions.InfusionDetail.as_view(), name="api-infusion"),
    path("infusions/<int:pk>/pre-dose/", preparation.PreDose.as_view(), name="api-infusion-pre-dose"),
    path("infusions/<int:pk>/verify/", preparation.Verify.as_view(), name="api-infusion-verify"),
    path("infusions/<int:pk>/sign-off/", preparation.SignOff.as_view(), name="api-infusion-sign-off"),
    path("infusions/<int:pk>/prepare/", preparation.Prepare.as_view(), name="api-infusion-prepare"),
    path("infusions/<int:pk>/identify/", preparation.Identify.as_view(), name="api-infusion-identify"),
    path(
        "infusions/<int:pk>/premedication/", preparation.GivePremedication.as_view(), name="api-infusion-premedication"
    ),
    path(
        "infusions/<int:pk>/premedication/<int:row>/void/",
        preparation.VoidPremedication.as_view(),
        name="api-infusion-premedication-void",
    ),
    path("infusions/<int:pk>/vital-signs/", vital_signs.VitalSignsSeries.as_view(), name="api-infusion-vital-signs"),
    path(
        "infusions/<int:pk>/vital-signs/<int:row>/correct/",
        vital_signs.VitalSignsCorrection.as_view(),
        name="api-infusion-vital-signs-correct",
    ),
    path(
        "infusions/<int:pk>/vital-signs/<int:row>/answer/",
        vital_signs.AlertAnswers.as_view(),
        name="api-infusion-vital-signs-answer",
    ),
    path("infusions/<int:pk>/end-observation/", infusions.EndObservation.as_view(), name="api-infusion-observed"),
    path("infusions/<int:pk>/discharge/", infusions.Discharge.as_view(), name="api-infusion-discharge"),
    path("subjects/<str:code>/exposure/", infusions.SubjectExposure.as_view(), name="api-subject-exposure"),
    path("infusions/<int:pk>/start/", infusions.Start.as_view(), name="api-infusion-start"),
    path("infusions/<int:pk>/breach/", breaches.InfusionBreach.as_view(), name="api-infusion-breach"),
    path("infusions/<int:pk>/breach/preview/", breaches.BreachPreview.as_view(), name="api-infusion-breach-preview"),
    path("infusions/<int:pk>/pause/", infusions.Pause.as_view(), name="api-infusion-pause"),
    path("infusions/<int:pk>/resume/", infusions.Resume.as_view(), name="api-infusion-resume"),
    path("infusions/<int:pk>/complete/", infusions.Complete.as_view(), name="api-infusion-complete"),
    path("infusions/<int:pk>/stop/", infusions.Stop.as_view(), name="api-infusion-stop"),
    path("infusions/<int:pk>/not-given/", infusions.NotGiven.as_view(), name="api-infusion-not-given"),
]
