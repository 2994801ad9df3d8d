"""The label of a product unit: asked for here, made by the worker, kept under Reports."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from dosing.selectors.lots import unit_or_404
from reports.documents.unit_label import label_content, labelled_unit
from reports.services import requests
from trial import clock
from trial.edge.context import trial_of
from trial.edge.declared import requires
from trial.permissions import Permission
from trial.templatetags.look import quantity, trial_time


@requires(Permission.PRODUCT_VIEW, post=Permission.PRODUCT_HANDLE)
def unit_label_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """A GET shows what the label will say; a POST asks for it."""
    trial = trial_of(request)
    shown = unit_or_404(trial, pk)
    if request.method == "POST":
        made = requests.unit_label(unit=shown, by=trial.user, at=trial.at, true_now=clock.true_now())
        return redirect("report", pk=made.pk)
    content, zone = label_content(labelled_unit(shown.pk)), trial.access.timezone
    context = {
        "unit": shown,
        "facts": [
            {"label": _("Product"), "value": content["product"]},
            {"label": _("Lot / unit"), "value": str(shown)},
            {"label": _("Subject"), "value": getattr(shown, "subject_code", None)},
            {"label": _("Infusion"), "value": shown.assigned_infusion_number},
            {"label": _("Cells, viable and dead"), "value": quantity(shown.total_cells)},
            {"label": _("Volume"), "value": quantity(shown.volume_ml, "mL")},
            {"label": _("Thawed"), "value": trial_time(shown.thawed_at, zone) if shown.thawed_at else None},
            {"label": _("Use by"), "value": trial_time(shown.use_by_at, zone) if shown.use_by_at else None},
            {"label": _("Code"), "value": content["uuid"]},
        ],
        "blocked": trial.check(Permission.PRODUCT_HANDLE).reasons,
        "breadcrumbs": [
            {"label": _("Product"), "url": reverse("product")},
            {"label": _("Unit %(number)s") % {"number": str(shown)}, "url": reverse("unit", args=[shown.pk])},
            {"label": _("Label")},
        ],
    }
    return render(request, "reports/unit_label.html", context)
