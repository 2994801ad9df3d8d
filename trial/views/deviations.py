"""Protocol deviations: the list, one of them with its classification, and reporting one."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from trial.deviation_labels import CATEGORIES, CLASSES
from trial.edge.acting import attempt
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import requires
from trial.filters import DeviationFilter
from trial.forms.deviation import ClassificationForm, DeviationForm
from trial.models import Deviation, Site
from trial.permissions import Permission
from trial.rules.decision import Reason
from trial.rules.states import DeviationCategory, DeviationClass
from trial.selectors.deviations import deviation_or_404, visible_deviations
from trial.services import deviations

_PAGE_SIZE = 50


@requires(Permission.DEVIATION_VIEW)
def deviation_list(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    filtered = DeviationFilter(request.GET or None, queryset=visible_deviations(trial), request=request)
    page = Paginator(filtered.qs, _PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": filtered.form,
        "is_filtered": any(request.GET.get(name) for name in filtered.filters),
        "deviations": [_row(each) for each in page],
        "page": page,
        "zone": trial.access.timezone,
        "raising": trial.check(Permission.DEVIATION_RAISE).reasons,
        "breadcrumbs": [{"label": _("Deviations")}],
    }
    return render(request, "trial/deviation_list.html", context)


@requires(Permission.DEVIATION_VIEW, post=Permission.DEVIATION_CLASSIFY)
def deviation(request: HttpRequest, pk: int) -> HttpResponse:
    trial = trial_of(request)
    found = deviation_or_404(trial, pk=pk)
    form = ClassificationForm(request.POST if request.method == "POST" else None, initial=_earlier(found))
    reasons: tuple[Reason, ...] = ()
    status = 200
    if request.method == "POST" and form.is_valid():
        outcome = attempt(lambda: deviations.classify(deviation=found, by=trial.user, at=trial.at, **form.cleaned_data))
        if not outcome.refused:
            messages.success(request, _("The deviation is classified."))
            return redirect("deviation", pk=pk)
        reasons, status = outcome.reasons, outcome.status
    context = {
        "deviation": _row(found),
        "classifying": trial.check(Permission.DEVIATION_CLASSIFY, site=found.site).reasons,
        "form": form,
        "reasons": reasons,
        "zone": trial.access.timezone,
        "breadcrumbs": [*_crumbs(), {"label": _("Deviation %(n)s") % {"n": found.pk}}],
    }
    return render(request, "trial/deviation.html", context, status=status)


@requires(Permission.DEVIATION_RAISE)
def deviation_report(request: HttpRequest) -> HttpResponse:
    """A deviation that no record shows by itself."""
    trial = trial_of(request)
    form = DeviationForm(
        request.POST if request.method == "POST" else None,
        sites=_sites(trial),
        zone=trial.access.timezone,
        initial={"subject_code": request.GET.get("subject", "")},
    )
    reasons: tuple[Reason, ...] = ()
    status = 200
    if request.method == "POST" and form.is_valid():
        outcome = attempt(lambda: deviations.report(study=trial.study, by=trial.user, at=trial.at, **form.cleaned_data))
        if outcome.result is not None:
            messages.success(request, _("The deviation is recorded."))
            return redirect("deviation", pk=outcome.result.pk)
        reasons, status = outcome.reasons, outcome.status
    context = {"form": form, "reasons": reasons, "breadcrumbs": [*_crumbs(), {"label": _("Report a deviation")}]}
    return render(request, "trial/deviation_report.html", context, status=status)


def _sites(trial: TrialContext) -> QuerySet[Site]:
    sites = Site.objects.filter(study=trial.study).order_by("code")
    own = trial.access.sites(at=trial.at)
    return sites if own is None else sites.filter(pk__in=own)


def _row(each: Deviation) -> dict[str, object]:
    return {
        "pk": each.pk,
        "subject_code": each.subject_code,
        "site": each.site.code if each.site else "",
        "category": CATEGORIES[DeviationCategory(each.category)],
        "description": each.description,
        "occurred_at": each.occurred_at,
        "raised_at": each.raised_at,
        "raised_by": each.raised_by.printed_name,
        "state": f"DEVIATION_{each.classification or 'OPEN'}",
        "word": CLASSES[DeviationClass(each.classification)],
        "classified_at": each.classified_at,
        "classified_by": each.classified_by.printed_name if each.classified_by else "",
        "assessment": each.assessment,
        "corrective_action": each.corrective_action,
    }


def _earlier(found: Deviation) -> dict[str, str]:
    return {
        "classification": found.classification,
        "assessment": found.assessment,
        "corrective_action": found.corrective_action,
    }


def _crumbs() -> list[dict[str, object]]:
    return [{"label": _("Deviations"), "url": reverse("deviation-list")}]
