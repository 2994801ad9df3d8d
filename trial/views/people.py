"""People, their roles, and the approvals of sites."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from trial.edge.acting import attempt
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import requires
from trial.forms.people import AccountForm, ApprovalsForm, EndingForm, MembershipForm, ReasonForm
from trial.models import Membership, Site, User
from trial.permissions import Permission
from trial.rules.decision import Reason
from trial.rules.roles import Role
from trial.selectors.people import (
    delegation_log,
    has_membership,
    people_of,
    people_query,
    person_line,
    sites_of,
)
from trial.services import people as people_service
from trial.services import sites as sites_service

_EXISTS = Reason("PEO-ROLE", "This person has this role from that day on already.", "House rule: one line per role")


@require_GET
@requires(Permission.PEOPLE_VIEW)
def people(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    today = trial.access.day(trial.at)
    context = {
        "people": people_of(trial.study, on=today),
        "log": delegation_log(trial.study, on=today),
        "sites": sites_of(trial.study),
        "today": today,
        "may_manage": trial.may(Permission.PEOPLE_MANAGE),
        "may_delegate": trial.may(Permission.DELEGATION_SIGN),
    }
    return render(request, "trial/people.html", context)


@require_GET
@requires(Permission.PEOPLE_VIEW)
def person(request: HttpRequest, pk: int) -> HttpResponse:
    trial = trial_of(request)
    today = trial.access.day(trial.at)
    user = _person(trial, pk)
    context = {
        "person": person_line(user, on=today),
        "log": delegation_log(trial.study, on=today, user=user),
        "may_manage": trial.may(Permission.PEOPLE_MANAGE),
        "may_delegate": trial.may(Permission.DELEGATION_SIGN),
        "is_self": user.pk == trial.user.pk,
        "breadcrumbs": _trail(user.printed_name),
    }
    return render(request, "trial/person.html", context)


@requires(Permission.PEOPLE_MANAGE)
def account_add(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    form = AccountForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form, title=_("New account"), submit=_("Create account"))
    given = form.cleaned_data
    outcome = attempt(lambda: people_service.create_account(**given, study=trial.study, by=trial.user, at=trial.at))
    if outcome.refused or outcome.result is None:
        return _form_page(
            request, form, title=_("New account"), submit=_("Create account"), refused=(outcome.reasons, outcome.status)
        )
    messages.success(request, _("Account %(name)s created. Give it a role now.") % {"name": given["username"]})
    return redirect("membership-add", pk=outcome.result.pk)


@requires(Permission.PEOPLE_MANAGE)
def membership_add(request: HttpRequest, pk: int) -> HttpResponse:
    trial = trial_of(request)
    user = _person(trial, pk)
    title = _("Role of %(name)s") % {"name": user.printed_name}
    form = MembershipForm(
        request.POST if request.method == "POST" else None,
        sites=Site.objects.filter(study=trial.study).order_by("code"),
        initial={"valid_from": trial.access.day(trial.at)},
    )
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form, title=title, submit=_("Give this role"), person=user)
    given = form.cleaned_data
    if has_membership(user=user, study=trial.study, **given):
        return _form_page(
            request, form, title=title, submit=_("Give this role"), person=user, refused=((_EXISTS,), 409)
        )
    outcome = attempt(
        lambda: people_service.add_membership(
            user=user,
            study=trial.study,
            site=given["site"],
            role=Role(given["role"]),
            valid_from=given["valid_from"],
            by=trial.user,
            at=trial.at,
        )
    )
    if outcome.refused:
        refused = (outcome.reasons, outcome.status)
        return _form_page(request, form, title=title, submit=_("Give this role"), person=user, refused=refused)
    messages.success(request, _("The role was given."))
    return redirect("person", pk=user.pk)


@requires(Permission.PEOPLE_MANAGE)
def membership_end(request: HttpRequest, pk: int, membership_pk: int) -> HttpResponse:
    trial = trial_of(request)
    membership = get_object_or_404(Membership, pk=membership_pk, user_id=pk, study=trial.study)
    title = _("End the role of %(name)s") % {"name": membership.user.printed_name}
    initial = {"valid_until": trial.access.day(trial.at)}
    form = EndingForm(
        request.POST if request.method == "POST" else None, valid_from=membership.valid_from, initial=initial
    )
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form, title=title, submit=_("End this role"), person=membership.user)
    outcome = attempt(
        lambda: people_service.end_membership(membership=membership, by=trial.user, at=trial.at, **form.cleaned_data)
    )
    if outcome.refused:
        refused = (outcome.reasons, outcome.status)
        return _form_page(
            request, form, title=title, submit=_("End this role"), person=membership.user, refused=refused
        )
    messages.success(request, _("The role ends on the day you gave."))
    return redirect("person", pk=pk)


@requires(Permission.PEOPLE_MANAGE)
def account_deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    trial = trial_of(request)
    user = _person(trial, pk)
    title = _("Close the account of %(name)s") % {"name": user.printed_name}
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form, title=title, submit=_("Close account"), person=user)
    outcome = attempt(
        lambda: people_service.deactivate(
            user=user, study=trial.study, reason=form.cleaned_data["reason"], by=trial.user, at=trial.at
        )
    )
    if outcome.refused:
        refused = (outcome.reasons, outcome.status)
        return _form_page(request, form, title=title, submit=_("Close account"), person=user, refused=refused)
    messages.success(request, _("The account is closed. What its person signed stays valid and displayed."))
    return redirect("person", pk=user.pk)


@requires(Permission.PEOPLE_MANAGE)
def site_activation(request: HttpRequest, code: str) -> HttpResponse:
    trial = trial_of(request)
    site = get_object_or_404(Site, study=trial.study, code=code)
    title = _("Protocol %(version)s at %(site)s") % {"version": trial.protocol_version, "site": site.name}
    form = ApprovalsForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form, title=title, submit=_("Bring into force"))
    outcome = attempt(
        lambda: sites_service.activate(
            site=site, protocol_version=trial.protocol_version, by=trial.user, at=trial.at, **form.cleaned_data
        )
    )
    if outcome.refused:
        refused = (outcome.reasons, outcome.status)
        return _form_page(request, form, title=title, submit=_("Bring into force"), refused=refused)
    messages.success(request, _("The protocol is in force at this site from today on."))
    return redirect("people")


def _person(trial: TrialContext, pk: int) -> User:
    return get_object_or_404(people_query(trial.study), pk=pk)


def _trail(last: str) -> list[dict[str, str]]:
    return [{"label": _("People"), "url": reverse("people")}, {"label": last}]


def _form_page(
    request: HttpRequest,
    form: AccountForm | MembershipForm | EndingForm | ReasonForm | ApprovalsForm,
    *,
    title: str,
    submit: str,
    person: User | None = None,
    refused: tuple[tuple[Reason, ...], int] = ((), 200),
) -> HttpResponse:
    reasons, status = refused
    cancel_url = reverse("person", args=[person.pk]) if person else reverse("people")
    context = {
        "form": form,
        "title": title,
        "submit": submit,
        "reasons": reasons,
        "cancel_url": cancel_url,
        "breadcrumbs": _trail(title),
    }
    return render(request, "trial/people_form.html", context, status=status)
