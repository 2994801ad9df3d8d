"""The delegation log: the principal investigator delegates tasks by signature, and revokes them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from trial.edge.acting import attempt
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import requires
from trial.forms.people import DelegationForm, DelegationSigningForm, RevocationForm
from trial.models import Delegation, Site
from trial.permissions import Permission
from trial.rules.decision import Reason
from trial.rules.roles import TASK_LABELS
from trial.rules.states import Meaning
from trial.selectors.people import active_people, delegation_line
from trial.services import delegations
from trial.services.delegations import DelegationTerms
from trial.templatetags.look import trial_date


@requires(Permission.DELEGATION_SIGN)
def delegation_add(request: HttpRequest) -> HttpResponse:
    """First the terms (a GET that changes nothing), then the same terms shown whole, with the signature below."""
    trial = trial_of(request)
    given = request.POST if request.method == "POST" else request.GET
    terms_form = _terms_form(trial, given if "tasks" in given or "user" in given else None)
    if not terms_form.is_bound or not terms_form.is_valid():
        return _terms_page(request, terms_form)
    terms = terms_form.terms()
    form = DelegationSigningForm(
        request.POST if request.method == "POST" else None,
        meaning=Meaning.DELEGATION,
        content_hash=terms.sha256(),
        terms=terms_form,
    )
    if request.method != "POST" or not form.is_valid():
        return _signing_page(request, form, terms)
    outcome = attempt(
        lambda: delegations.delegate(
            study=trial.study, terms=terms, proof=form.proof(request, expected=trial.user), at=trial.at
        )
    )
    if outcome.refused:
        return _signing_page(request, form, terms, refused=(outcome.reasons, outcome.status))
    messages.success(request, _("The tasks are delegated to %(name)s.") % {"name": terms.user.printed_name})
    return redirect("person", pk=terms.user.pk)


@requires(Permission.DELEGATION_SIGN)
def delegation_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    trial = trial_of(request)
    rows = Delegation.objects.select_related("user", "site", "signature", "study")
    delegation = get_object_or_404(rows, pk=pk, study=trial.study, revoked_on__isnull=True)
    today = trial.access.day(trial.at)
    form = RevocationForm(request.POST if request.method == "POST" else None, initial={"revoked_on": today})
    reasons: tuple[Reason, ...] = ()
    status = 200
    if request.method == "POST" and form.is_valid():
        outcome = attempt(
            lambda: delegations.revoke(delegation=delegation, by=trial.user, at=trial.at, **form.cleaned_data)
        )
        if not outcome.refused:
            messages.success(request, _("The delegation is revoked. It stays in the log."))
            return redirect("person", pk=delegation.user_id)
        reasons, status = outcome.reasons, outcome.status
    context = {
        "form": form,
        "line": delegation_line(delegation, on=today),
        "reasons": reasons,
        "cancel_url": reverse("person", args=[delegation.user_id]),
        "breadcrumbs": [{"label": _("People"), "url": reverse("people")}, {"label": _("Revoke a delegation")}],
    }
    return render(request, "trial/delegation_revoke.html", context, status=status)


def _terms_form(trial: TrialContext, given: QueryDict | None) -> DelegationForm:
    return DelegationForm(
        given,
        people=active_people(trial.study),
        sites=Site.objects.filter(study=trial.study).order_by("code"),
        initial={"valid_from": trial.access.day(trial.at)},
    )


def _trail() -> list[dict[str, str]]:
    return [{"label": _("People"), "url": reverse("people")}, {"label": _("Delegate tasks")}]


def _terms_page(request: HttpRequest, form: DelegationForm) -> HttpResponse:
    return render(request, "trial/delegation_terms.html", {"form": form, "breadcrumbs": _trail()})


def _signing_page(
    request: HttpRequest,
    form: DelegationSigningForm,
    terms: DelegationTerms,
    *,
    refused: tuple[tuple[Reason, ...], int] = ((), 200),
) -> HttpResponse:
    reasons, status = refused
    tasks = ", ".join(str(TASK_LABELS[task]) for task in terms.tasks)
    summary = [
        {"label": _("Person"), "value": f"{terms.user.printed_name} ({terms.user.username})"},
        {"label": _("Tasks"), "value": tasks},
        {"label": _("Site"), "value": terms.site.name if terms.site else _("every site of the study")},
        {"label": _("From"), "value": trial_date(terms.valid_from)},
        {"label": _("Last day"), "value": trial_date(terms.valid_until) if terms.valid_until else _("until revoked")},
        {"label": _("Training valid until"), "value": trial_date(terms.training_valid_until)},
    ]
    context = {
        "form": form,
        "summary": summary,
        "content_hash": terms.sha256(),
        "refusals": reasons,
        "breadcrumbs": _trail(),
    }
    return render(request, "trial/delegation_sign.html", context, status=status)
