"""API addresses of dosing."""

from django.urls import URLPattern, URLResolver, path

from dosing import product_api_urls
from dosing.api import infusions

urlpatterns: list[URLPattern | URLResolver] = [
    *product_api_urls.urlpatterns,
    path("subjects/<str:code>/infusions/", infusions.SubjectInfusions.as_view(), name="api-subject-infusions"),
    path("infusions/", infusions.InfusionList.as_view(), name="api-infusion-list"),
    path("infusions/<int:pk>/", infusions.InfusionDetail.as_view(), name="api-infusion"),
    path("infusions/<int:pk>/pre-dose/", infusions.PreDose.as_view(), name="api-infusion-pre-dose"),
    path("infusions/<int:pk>/verify/", infusions.Verify.as_view(), name="api-infusion-verify"),
    path("infusions/<int:pk>/sign-off/", infusions.SignOff.as_view(), name="api-infusion-sign-off"),
    path("infusions/<int:pk>/start/", infusions.Start.as_view(), name="api-infusion-start"),
    path("infusions/<int:pk>/pause/", infusions.Pause.as_view(), name="api-infusion-pause"),
    path("infusions/<int:pk>/resume/", infusions.Resume.as_view(), name="api-infusion-resume"),
    path("infusions/<int:pk>/complete/", infusions.Complete.as_view(), name="api-infusion-complete"),
    path("infusions/<int:pk>/stop/", infusions.Stop.as_view(), name="api-infusion-stop"),
    path("infusions/<int:pk>/not-given/", infusions.NotGiven.as_view(), name="api-infusion-not-given"),
]
