"""API addresses of the product: lots, units, custody, quarantine, temperatures, accountability."""

from django.urls import URLPattern, URLResolver, path

from dosing.api import product, storage, units

urlpatterns: list[URLPattern | URLResolver] = [
    path("lots/", product.LotList.as_view(), name="api-lot-list"),
    path("lots/<str:number>/", product.LotDetail.as_view(), name="api-lot"),
    path("lots/<str:number>/tests/", product.LotTests.as_view(), name="api-lot-tests"),
    path("lots/<str:number>/conditional/", product.AcceptPending.as_view(), name="api-lot-accept-pending"),
    path("lots/<str:number>/release/", product.ReleaseLot.as_view(), name="api-lot-release"),
    path("lots/<str:number>/reject/", product.RejectLot.as_view(), name="api-lot-reject"),
    path("lots/<str:number>/units/", units.LotUnits.as_view(), name="api-lot-units"),
    path("units/<int:pk>/", units.UnitDetail.as_view(), name="api-unit"),
    path("units/<int:pk>/assign/", units.AssignUnit.as_view(), name="api-unit-assign"),
    path("units/<int:pk>/thaw/", units.ThawUnit.as_view(), name="api-unit-thaw"),
    path("units/<int:pk>/issue/", units.IssueUnit.as_view(), name="api-unit-issue"),
    path("units/<int:pk>/check/", units.CheckUnit.as_view(), name="api-unit-check"),
    path("units/<int:pk>/label/", units.LabelUnit.as_view(), name="api-unit-label"),
    path("units/<int:pk>/chain/", units.UnitChain.as_view(), name="api-unit-chain"),
    path("units/<int:pk>/unassign/", units.UnassignUnit.as_view(), name="api-unit-unassign"),
    path("units/<int:pk>/return/", units.TakeBackUnit.as_view(), name="api-unit-take-back"),
    path("units/<int:pk>/destroy/", units.DestroyUnit.as_view(), name="api-unit-destroy"),
    path("units/<int:pk>/reconcile/", units.ReconcileUnit.as_view(), name="api-unit-reconcile"),
    path("units/<int:pk>/set-aside/", units.SetAsideUnit.as_view(), name="api-unit-set-aside"),
    path("units/find/", units.FindUnit.as_view(), name="api-unit-find"),
    path("quarantine/", storage.QuarantineList.as_view(), name="api-quarantine-list"),
    path("quarantine/<int:pk>/", storage.QuarantineDetail.as_view(), name="api-quarantine"),
    path("temperatures/logs/", storage.LogList.as_view(), name="api-temperature-logs"),
    path("temperatures/excursions/", storage.ExcursionList.as_view(), name="api-excursions"),
    path("temperatures/excursions/<int:pk>/end/", storage.EndExcursion.as_view(), name="api-excursion-end"),
    path("follow-ups/", storage.FollowUpList.as_view(), name="api-follow-ups"),
    path("follow-ups/<int:pk>/close/", storage.CloseFollowUp.as_view(), name="api-follow-up-close"),
    path("accountability/", storage.Accountability.as_view(), name="api-accountability"),
    path("lots/<str:number>/trace/", storage.LotTrace.as_view(), name="api-lot-trace"),
    path("subjects/<str:code>/product/", storage.SubjectTrace.as_view(), name="api-subject-product"),
]
