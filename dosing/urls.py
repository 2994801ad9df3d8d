"""Addresses of dosing."""

from django.urls import URLPattern, URLResolver, path

from dosing.views import infusion_acts, infusions, lots, units

urlpatterns: list[URLPattern | URLResolver] = [
    path("product/", lots.product, name="product"),
    path("product/receive/", lots.lot_receive, name="lot-receive"),
    path("product/lots/<str:number>/", lots.lot, name="lot"),
    path("product/lots/<str:number>/tests/", lots.lot_test, name="lot-test"),
    path("product/lots/<str:number>/release/", lots.lot_release, name="lot-release"),
    path("product/lots/<str:number>/reject/", lots.lot_reject, name="lot-reject"),
    path("product/lots/<str:number>/units/", lots.unit_add, name="unit-add"),
    path("product/units/<int:pk>/", units.unit, name="unit"),
    path("product/units/<int:pk>/assign/", units.unit_assign, name="unit-assign"),
    path("product/units/<int:pk>/thaw/", units.unit_thaw, name="unit-thaw"),
    path("product/units/<int:pk>/issue/", units.unit_issue, name="unit-issue"),
    path("product/units/<int:pk>/discard/", units.unit_discard, name="unit-discard"),
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
