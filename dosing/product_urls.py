"""Addresses of the product: lots, units, custody, quarantine, temperatures, accountability."""

from django.urls import URLPattern, URLResolver, path

from dosing.views import accountability, follow_ups, lots, quarantines, temperatures, unit_witnessed, units

urlpatterns: list[URLPattern | URLResolver] = [
    path("product/", lots.product, name="product"),
    path("product/receive/", lots.lot_receive, name="lot-receive"),
    path("product/lots/<str:number>/", lots.lot, name="lot"),
    path("product/lots/<str:number>/tests/", lots.lot_test, name="lot-test"),
    path("product/lots/<str:number>/conditional/", lots.lot_accept_pending, name="lot-accept-pending"),
    path("product/lots/<str:number>/release/", lots.lot_release, name="lot-release"),
    path("product/lots/<str:number>/reject/", lots.lot_reject, name="lot-reject"),
    path("product/lots/<str:number>/units/", lots.unit_add, name="unit-add"),
    path("product/units/<int:pk>/", units.unit, name="unit"),
    path("product/units/<int:pk>/assign/", unit_witnessed.unit_assign, name="unit-assign"),
    path("product/units/<int:pk>/thaw/", units.unit_thaw, name="unit-thaw"),
    path("product/units/<int:pk>/issue/", units.unit_issue, name="unit-issue"),
    path("product/units/<int:pk>/destroy/", unit_witnessed.unit_destroy, name="unit-destroy"),
    path("product/units/<int:pk>/check/", unit_witnessed.unit_check, name="unit-check"),
    path("product/units/<int:pk>/label/", unit_witnessed.unit_label, name="unit-label"),
    path("product/units/<int:pk>/steps/", units.unit_step, name="unit-step"),
    path("product/units/<int:pk>/unassign/", units.unit_unassign, name="unit-unassign"),
    path("product/units/<int:pk>/return/", units.unit_take_back, name="unit-take-back"),
    path("product/units/<int:pk>/reconcile/", units.unit_reconcile, name="unit-reconcile"),
    path("product/units/<int:pk>/set-aside/", units.unit_set_aside, name="unit-set-aside"),
    path("product/find/", units.unit_find, name="unit-find"),
    path("product/expiry/", accountability.product_expiry, name="product-expiry"),
    path("product/accountability/", accountability.product_balance, name="product-balance"),
    path("product/accountability/csv/", accountability.product_balance_csv, name="product-balance-csv"),
    path("product/lots/<str:number>/trace/", accountability.lot_trace, name="lot-trace"),
    path("subjects/<str:code>/product/", accountability.subject_product, name="subject-product"),
    path("product/quarantine/", quarantines.quarantine_list, name="quarantine-list"),
    path("product/quarantine/<int:pk>/", quarantines.quarantine, name="quarantine"),
    path("product/temperatures/", temperatures.temperature_list, name="temperature-list"),
    path("product/temperatures/import/", temperatures.temperature_import, name="temperature-import"),
    path("product/temperatures/report/", temperatures.excursion_report, name="excursion-report"),
    path("product/temperatures/excursions/<int:pk>/end/", temperatures.excursion_end, name="excursion-end"),
    path("product/follow-ups/", follow_ups.follow_up_list, name="follow-up-list"),
    path("product/follow-ups/<int:pk>/", follow_ups.follow_up, name="follow-up"),
]
