"""API addresses of dosing."""

from django.urls import URLPattern, URLResolver, path

from dosing.api import infusions, product, units

urlpatterns: list[URLPattern | URLResolver] = [
    path("lots/", product.LotList.as_view(), name="api-lot-list"),
    path("lots/<str:number>/", product.LotDetail.as_view(), name="api-lot"),
    path("lots/<str:number>/tests/", product.LotTests.as_view(), name="api-lot-tests"),
    path("lots/<str:number>/release/", product.ReleaseLot.as_view(), name="api-lot-release"),
    path("lots/<str:number>/reject/", product.RejectLot.as_view(), name="api-lot-reject"),
    path("lots/<str:number>/units/", units.LotUnits.as_view(), name="api-lot-units"),
    path("units/<int:pk>/", units.UnitDetail.as_view(), name="api-unit"),
    path("units/<int:pk>/assign/", units.AssignUnit.as_view(), name="api-unit-assign"),
    path("units/<int:pk>/thaw/", units.ThawUnit.as_view(), name="api-unit-thaw"),
    path("units/<int:pk>/issue/", units.IssueUnit.as_view(), name="api-unit-issue"),
    path("units/<int:pk>/discard/", units.DiscardUnit.as_view(), name="api-unit-discard"),
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
