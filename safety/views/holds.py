"""Holds on dosing: in force and past; placing one, and signing that one may end."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.selectors.subjects import visible_subjects
from safety.forms.hold import COHORT, SUBJECT, PlaceHoldForm
from safety.rules.lifting import lifting_role
from safety.selectors.hold_list import hold_or_404, lift_signatures, subjects_to_hold, visible_holds
from safety.selectors.holds import LiftPage, lift_page
from safety.services import manual_holds, resumption
from safety.views.answering import see
from trial.edge.acting import attempt
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import requires
from trial.edge.signing import RationaleSigningForm
from trial.models import Cohort, DosingHold
from trial.permissions import TABLE, Permission
from trial.rules.decision import Reason
from trial.rules.roles import ROLE_LABELS, Role
from trial.rules.states import HoldKind, Meaning

_PAGE_SIZE = 50
_SOME_TEXT = "-"

KIND_WORDS = {
    HoldKind.MANUAL: gettext_lazy("placed by a person"),
    HoldKind.QUALIFYING_EVENT: gettext_lazy("an event that counts at the gate"),
    HoldKind.DEATH: gettext_lazy("a death"),
    HoldKind.STOPPING_RULE: gettext_lazy("a stopping rule"),
}


@requires(Permission.GATE_VIEW)
def hold_list(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    rows = visible_holds(trial)
    past = Paginator(rows.filter(lifted_at__isnull=False), _PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "in_force": [_shown(hold) for hold in rows.filter(lifted_at__isnull=True)],
        "past": [_shown(hold) for hold in past],
        "page": past,
        "zone": trial.access.timezone,
        "placing": trial.check(Permission.HOLD_PLACE).reasons,
        "breadcrumbs": [{"label": _("Dosing holds")}],
    }
    return render(request, "safety/hold_list.html", context)


@requires(Permission.GATE_VIEW, post=Permission.HOLD_PLACE)
def hold_place(request: HttpRequest) -> HttpResponse:
    """Two fields and a big button. ``?scope=subject:CODE`` comes from the bedside."""
    trial = trial_of(request)
    scope = request.POST.get("scope", request.GET.get("scope", ""))
    form = PlaceHoldForm(
        request.POST or None,
        initial={"scope": scope},
        cohorts=Cohort.objects.filter(study=trial.study).values_list("number", flat=True),
        subject_codes=subjects_to_hold(trial, asked=scope.removeprefix(SUBJECT)),
    )
    reasons: tuple[Reason, ...] = ()
    status = 200
    if request.method == "POST" and form.is_valid():
        outcome = attempt(lambda: _place(trial, form))
        if not outcome.refused:
            messages.success(request, _("Dosing is held. It ends only by signatures."))
            return see("hold-list")
        reasons, status = outcome.reasons, outcome.status
    context = {
        "form": form,
        "reasons": reasons,
        "blocked": trial.check(Permission.HOLD_PLACE).reasons,
        "breadcrumbs": [*_crumbs(), {"label": _("Hold dosing")}],
    }
    return render(request, "safety/hold_place.html", context, status=status)


@requires(Permission.GATE_VIEW, post=Permission.HOLD_LIFT)
def hold(request: HttpRequest, pk: int) -> HttpResponse:
    """A hold, who has signed that it may end and who has not, and the signature of whoever may."""
    trial = trial_of(request)
    found = hold_or_404(trial, pk=pk)
    page = lift_page(found, at=trial.at)
    form = _form(request, page) if request.method == "POST" else None
    reasons: tuple[Reason, ...] = ()
    status = 200
    if form is not None and form.is_valid():
        outcome = attempt(
            lambda: resumption.sign_lift(
                hold=found,
                rationale=form.cleaned_data["rationale"],
                proof=form.proof(request, expected=trial.user),
                at=trial.at,
            )
        )
        if outcome.result is not None:
            messages.success(
                request,
                _("The hold is lifted.")
                if outcome.result.lifted_at
                else _("Your signature is given; others are missing."),
            )
            return see("hold", pk)
        reasons, status = outcome.reasons, outcome.status
        page = lift_page(found, at=trial.at)
    return render(request, "safety/hold.html", _context(trial, page, form=form, reasons=reasons), status=status)


def _place(trial: TrialContext, form: PlaceHoldForm) -> DosingHold:
    scope = form.cleaned_data["scope"]
    cohort = subject = None
    if scope.startswith(COHORT):
        cohort = Cohort.objects.get(study=trial.study, number=int(scope.removeprefix(COHORT)))
    elif scope.startswith(SUBJECT):
        subject = get_object_or_404(visible_subjects(trial), code=scope.removeprefix(SUBJECT))
    return manual_holds.place(
        study=trial.study,
        reason=form.cleaned_data["reason"],
        cohort=cohort,
        subject=subject,
        by=trial.user,
        at=trial.at,
    )


def _form(request: HttpRequest, page: LiftPage) -> RationaleSigningForm:
    return RationaleSigningForm(request.POST, meaning=Meaning.HOLD_LIFT, content_hash=page.content_sha256)


def _context(
    trial: TrialContext, page: LiftPage, *, form: RationaleSigningForm | None, reasons: tuple[Reason, ...]
) -> dict[str, object]:
    lifting = trial.check(Permission.HOLD_LIFT)
    held = trial.access.roles(at=trial.at) & TABLE[Permission.HOLD_LIFT].roles
    decision = page.decision(rationale=_SOME_TEXT, signer_id=trial.user.pk, role=lifting_role(held, policy=page.policy))
    is_lifted = page.hold.lifted_at is not None
    signed = lift_signatures(page.hold) if is_lifted else page.signatures
    return {
        "hold": _shown(page.hold),
        "zone": trial.access.timezone,
        "is_lifted": is_lifted,
        "may_lift": lifting.allowed,
        "against": () if is_lifted else (*lifting.reasons, *decision.reasons),
        "form": form or RationaleSigningForm(meaning=Meaning.HOLD_LIFT, content_hash=page.content_sha256),
        "reasons": reasons,
        "content_hash": page.content_sha256,
        "accepted": page.content["accepted"],
        "signed": [(ROLE_LABELS[Role(s.role)], s) for s in signed],
        "missing": [] if is_lifted else [ROLE_LABELS[role] for role in page.missing],
        "breadcrumbs": [*_crumbs(), {"label": page.hold.scope}],
    }


def _shown(hold: DosingHold) -> dict[str, object]:
    return {
        "pk": hold.pk,
        "scope": _("The whole study") if not hold.cohort_id and not hold.subject_code else hold.scope,
        "kind": KIND_WORDS[HoldKind(hold.kind)],
        "reason": hold.reason,
        "placed_at": hold.placed_at,
        "placed_by": hold.placed_by.printed_name,
        "lifted_at": hold.lifted_at,
        "state": "LIFTED" if hold.lifted_at else "HELD",
    }


def _crumbs() -> list[dict[str, str]]:
    return [{"label": _("Dosing holds"), "url": reverse("hold-list")}]
