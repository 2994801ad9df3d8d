"""The approved consent forms of the study: the list, a new one, and the demand to sign one again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from enrollment.forms.consent_version import ReconsentForm, VersionForm
from enrollment.selectors.consent_versions import VersionLine, version_lines, version_or_404
from enrollment.selectors.subjects import sites_of
from enrollment.services import consent_versions
from trial.edge.acting import attempt
from trial.edge.context import trial_of
from trial.edge.declared import requires
from trial.permissions import Permission
from trial.templatetags.look import trial_date


@require_GET
@requires(Permission.STUDY_VIEW)
def version_list(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    may_enter = trial.may(Permission.CONSENT_VERSION_ENTER)
    may_list = trial.may(Permission.SUBJECT_VIEW)
    context = {
        "table": {
            "caption": _("Consent versions"),
            "caption_hidden": True,
            "columns": _columns(),
            "rows": [_row(line, may_enter=may_enter, may_list=may_list) for line in version_lines(trial)],
            "empty": {
                "title": _("No consent form yet"),
                "text": _("A form that the ethics committee of a site approved is entered before anybody can sign it."),
            },
        },
        "may_enter": may_enter,
        "breadcrumbs": [{"label": _("Consent versions")}],
    }
    return render(request, "enrollment/consent_versions.html", context)


@requires(Permission.CONSENT_VERSION_ENTER)
def version_enter(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    sites = sites_of(trial, permission=Permission.CONSENT_VERSION_ENTER)
    form = VersionForm(request.POST if request.method == "POST" else None, sites=sites)
    context: dict[str, object] = {"form": form, "breadcrumbs": _trail(_("New version"))}
    status = 200
    if request.method == "POST" and form.is_valid():
        entry = form.entry()
        outcome = attempt(lambda: consent_versions.approve(entry=entry, by=trial.user, at=trial.at))
        if outcome.result is not None:
            messages.success(request, _("Consent version %(version)s is entered.") % {"version": outcome.result})
            return redirect("consent-version-list")
        context["reasons"], status = outcome.reasons, outcome.status
    return render(request, "enrollment/consent_version_enter.html", context, status=status)


@requires(Permission.CONSENT_VERSION_ENTER)
def version_reconsent(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for signing again on a version that was entered without it."""
    trial = trial_of(request)
    version = version_or_404(trial, pk=pk)
    form = ReconsentForm(request.POST if request.method == "POST" else None)
    context: dict[str, object] = {
        "form": form,
        "version": version,
        "breadcrumbs": _trail(_("Sign %(version)s again") % {"version": version}),
    }
    status = 200
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        outcome = attempt(
            lambda: consent_versions.require_reconsent(version=version, by=trial.user, at=trial.at, **given)
        )
        if not outcome.refused:
            messages.success(request, _("Subjects on an older version have to sign %(v)s again.") % {"v": version})
            return redirect("consent-version-list")
        context["reasons"], status = outcome.reasons, outcome.status
    return render(request, "enrollment/consent_version_reconsent.html", context, status=status)


def _columns() -> list[dict[str, object]]:
    return [
        {"label": _("Version")},
        {"label": _("Language")},
        {"label": _("Site")},
        {"label": _("Approved")},
        {"label": _("Entered")},
        {"label": _("Signing again")},
        {"label": _("Subjects on it"), "numeric": True},
        {"label": _("Still to sign"), "numeric": True},
    ]


def _row(line: VersionLine, *, may_enter: bool, may_list: bool) -> dict[str, object]:
    version, zone = line.version, line.version.site.timezone
    due_url = f"{reverse('subject-list')}?reconsent=due" if line.due and may_list else None
    again: dict[str, object] = {"value": _("not asked for")}
    if version.reconsent_required:
        until = _("until %(day)s") % {"day": trial_date(version.reconsent_by)} if version.reconsent_by else ""
        again = {"state": "RECONSENT_DUE" if line.due else "DONE", "note": until}
    elif may_enter:
        url = reverse("consent-version-reconsent", args=[version.pk])
        again = {"value": _("Ask to sign it again"), "url": url, "note": _("not asked for")}
    entered_by = version.entered_by.printed_name if version.entered_by else ""
    return {
        "cells": [
            {"value": version.label},
            {"value": version.language},
            {"value": version.site.code},
            {"value": trial_date(version.approved_on), "note": version.approval_reference},
            {"value": trial_date(version.entered_at, zone) if version.entered_at else None, "note": entered_by},
            again,
            {"value": line.subjects, "numeric": True},
            {"value": line.due if version.reconsent_required else None, "url": due_url, "numeric": True},
        ]
    }


def _trail(label: str) -> list[dict[str, str]]:
    return [{"label": _("Consent versions"), "url": reverse("consent-version-list")}, {"label": label}]
