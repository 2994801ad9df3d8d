"""The identity of a participant. Closed by default: opened for a purpose, and shown in that one answer only."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from enrollment.forms.identity import NUMBER_LABELS, PURPOSE_NAMES, CorrectionForm, IdentityForm, OpeningForm
from enrollment.models import IdentityOpening, Subject, SubjectIdentity
from enrollment.rules.identity import VaultFacts, may_enter, may_open_at_all, purposes_for
from enrollment.rules.identity_document import Identity
from enrollment.rules.states import OpeningPurpose
from enrollment.selectors.identities import identity_of, opening_roles, openings_of, vault_facts
from enrollment.selectors.subjects import subject_or_404
from enrollment.services import identities
from enrollment.services.identities import Opened
from enrollment.views.crumbs import subject_head
from trial.edge.acting import attempt
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import requires
from trial.permissions import Permission
from trial.rules.decision import Reason
from trial.rules.roles import ROLE_LABELS, Role
from trial.rules.site_time import site_date
from trial.templatetags.look import trial_date, trial_time

_PAGE = 20


@never_cache
@requires(Permission.IDENTITY_OPEN)
def identity(request: HttpRequest, code: str) -> HttpResponse:
    """A POST opens. Another reading of the page shows nothing again: that would be another opening."""
    trial, subject = _asked(request, code)
    saved = identity_of(subject)
    facts = vault_facts(subject, saved)
    purposes = purposes_for(opening_roles(trial, subject), facts)
    form = OpeningForm(request.POST if request.method == "POST" else None, purposes=purposes)
    refusal: tuple[Reason, ...] = ()
    status = 200
    if request.method == "POST" and form.is_valid():
        purpose, note = OpeningPurpose(form.cleaned_data["purpose"]), form.cleaned_data["note"]
        outcome = attempt(
            lambda: identities.open_identity(subject=subject, purpose=purpose, note=note, by=trial.user, at=trial.at)
        )
        if outcome.result is not None:
            return _opened(request, trial, subject, outcome.result)
        refusal, status = outcome.reasons, outcome.status
    entering = trial.check(Permission.IDENTITY_RECORD, site=subject.site) + may_enter(facts)
    context = subject_head(trial, subject, here="identity", label=_("Identity")) | {
        "saved": saved,
        "recorded": _recorded(saved, zone=subject.site.timezone),
        "form": form,
        "refusal": refusal,
        "blocked": _blocked(facts, purposes),
        "entering": entering.reasons,
        "table": _openings(request, subject),
    }
    return render(request, "enrollment/identity.html", context, status=status)


@never_cache
@sensitive_post_parameters()
@requires(Permission.IDENTITY_RECORD)
def identity_record(request: HttpRequest, code: str) -> HttpResponse:
    """The form for the first entry."""
    trial, subject = _asked(request, code)
    saved = identity_of(subject)
    if saved is not None and request.method != "POST":
        return redirect("identity", code=subject.code)
    form = IdentityForm(request.POST if request.method == "POST" else None, today=_today(trial, subject))
    refusal: tuple[Reason, ...] = ()
    status = 200
    if request.method == "POST" and form.is_valid():
        entry = form.identity()
        outcome = attempt(lambda: identities.record(subject=subject, identity=entry, by=trial.user, at=trial.at))
        if not outcome.refused:
            messages.success(request, _("The identity of %(code)s is recorded.") % {"code": subject.code})
            return redirect("identity", code=subject.code)
        refusal, status = outcome.reasons, outcome.status
    entering = trial.check(Permission.IDENTITY_RECORD, site=subject.site) + may_enter(vault_facts(subject, saved))
    context = _form_page(trial, subject, form, refusal) | {"blocked": entering.reasons}
    return render(request, "enrollment/identity_record.html", context, status=status)


@never_cache
@sensitive_post_parameters()
@requires(Permission.IDENTITY_RECORD)
def identity_correct(request: HttpRequest, code: str) -> HttpResponse:
    """The correction of what was opened for it. Without an opening there is nothing to correct."""
    trial, subject = _asked(request, code)
    if request.method != "POST":
        return redirect("identity", code=subject.code)
    form = CorrectionForm(request.POST, today=_today(trial, subject))
    if not form.is_valid():
        return render(request, "enrollment/identity_opened.html", _form_page(trial, subject, form, ()))
    entry, given = form.identity(), form.cleaned_data
    outcome = attempt(
        lambda: identities.correct(
            subject=subject,
            identity=entry,
            seen_version=given["version"],
            reason=given["reason"],
            by=trial.user,
            at=trial.at,
        )
    )
    if not outcome.refused:
        messages.success(request, _("The identity of %(code)s is corrected.") % {"code": subject.code})
        return redirect("identity", code=subject.code)
    context = _form_page(trial, subject, form, outcome.reasons)
    return render(request, "enrollment/identity_opened.html", context, status=outcome.status)


def _asked(request: HttpRequest, code: str) -> tuple[TrialContext, Subject]:
    trial = trial_of(request)
    subject = subject_or_404(trial, code=code)
    trial.require(Permission.IDENTITY_OPEN, site=subject.site)
    return trial, subject


def _opened(request: HttpRequest, trial: TrialContext, subject: Subject, opened: Opened) -> HttpResponse:
    context = subject_head(trial, subject, here="identity", label=_("Identity")) | {
        "items": _items(opened.identity),
        "opening": _line(opened.opening, zone=subject.site.timezone),
    }
    if opened.opening.purpose == OpeningPurpose.CORRECTION:
        initial = opened.identity.as_texts() | {"version": opened.version}
        context |= _form_page(trial, subject, CorrectionForm(initial=initial, today=_today(trial, subject)), ())
    return render(request, "enrollment/identity_opened.html", context)


def _form_page(
    trial: TrialContext, subject: Subject, form: IdentityForm, refusal: tuple[Reason, ...]
) -> dict[str, Any]:
    head = subject_head(trial, subject, here="identity", label=_("Identity"))
    return head | {"form": form, "refusal": refusal}


def _blocked(facts: VaultFacts, purposes: tuple[OpeningPurpose, ...]) -> tuple[Reason, ...]:
    """Why nothing can be opened, whatever the purpose."""
    reasons = may_open_at_all(facts).reasons
    if reasons or purposes:
        return reasons
    message = "The participant withdrew from the use of data. What is left as a purpose is not stated in your role."
    return (Reason("IDV-WITHDRAWN", message, "Personal Data Protection Act; Taiwan GCP article 103"),)


def _today(trial: TrialContext, subject: Subject) -> Any:
    return site_date(trial.at, timezone=subject.site.timezone)


def _recorded(saved: SubjectIdentity | None, *, zone: str) -> list[dict[str, object]]:
    if saved is None:
        return []
    return [
        {"label": _("Last recorded"), "value": trial_time(saved.recorded_at, zone)},
        {"label": _("By"), "value": saved.recorded_by.printed_name},
    ]


def _items(identity: Identity) -> list[dict[str, object]]:
    shown = identity.as_texts() | {
        "number_kind": NUMBER_LABELS[identity.number_kind],
        "born_on": trial_date(identity.born_on),
    }
    return [{"label": field.label, "value": shown[name]} for name, field in IdentityForm.base_fields.items()]


def _line(opening: IdentityOpening, *, zone: str) -> dict[str, object]:
    return {
        "at": trial_time(opening.opened_at, zone),
        "by": opening.opened_by.printed_name,
        "role": ROLE_LABELS[Role(opening.role)],
        "purpose": PURPOSE_NAMES[OpeningPurpose(opening.purpose)],
        "note": opening.note,
    }


def _openings(request: HttpRequest, subject: Subject) -> dict[str, object]:
    page: Page[IdentityOpening] = Paginator(openings_of(subject), _PAGE).get_page(request.GET.get("page"))
    columns = [_("When"), _("Who"), _("Role"), _("What for"), _("Note")]
    return {
        "caption": _("Openings"),
        "caption_hidden": True,
        "columns": [{"label": label} for label in columns],
        "rows": [
            {"cells": [{"value": value} for value in _line(each, zone=subject.site.timezone).values()]} for each in page
        ],
        "page": page,
        "empty": {
            "title": _("Nobody has opened it"),
            "text": _("Each opening is listed here for good."),
            "icon": "eye",
        },
    }
