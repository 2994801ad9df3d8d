"""A participant lost to follow-up, or found again: what it does at the gate is said before anything is saved."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from enrollment.models import Subject
from enrollment.selectors.subjects import subject_or_404
from enrollment.views.crumbs import subject_head
from followup.forms.loss import FoundForm, LossForm
from followup.rules.losses import may_record_found, may_record_loss
from followup.selectors.losses import loss_facts, losses_of
from followup.services import losses
from followup.views.contact_rows import loss_items
from safety.rules.evaluability import Standing
from safety.selectors.loss_preview import LossPreview, if_lost
from safety.views.answering import see
from trial.edge.acting import attempt
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import requires
from trial.permissions import Permission
from trial.rules.decision import Decision, Reason
from trial.rules.site_time import site_date

_SOME_TEXT = "-"


@requires(Permission.GATE_VIEW, post=Permission.VISIT_EDIT)
def subject_loss(request: HttpRequest, code: str) -> HttpResponse:
    """The page of both acts: who is not lost can be lost, and who is lost can be found."""
    trial = trial_of(request)
    subject = subject_or_404(trial, code=code)
    if request.method != "POST":
        return _page(request, subject)
    form = LossForm(request.POST)

    def act() -> object:
        values = form.cleaned_data
        return losses.record(
            subject=subject, lost_on=values["lost_on"], attempts=values["attempts"], by=trial.user, at=trial.at
        )

    return _saved(request, subject, form, act, _("%(code)s is recorded as lost to follow-up."))


@require_POST
@requires(Permission.VISIT_EDIT)
def subject_found(request: HttpRequest, code: str) -> HttpResponse:
    trial = trial_of(request)
    subject = subject_or_404(trial, code=code)
    form = FoundForm(request.POST)

    def act() -> object:
        return losses.record_found(subject=subject, reason=form.cleaned_data["reason"], by=trial.user, at=trial.at)

    return _saved(request, subject, form, act, _("%(code)s is recorded as found again."))


def _saved(request: HttpRequest, subject: Subject, form: Form, act: Callable[[], object], message: str) -> HttpResponse:
    if not form.is_valid():
        return _page(request, subject, form=form)
    outcome = attempt(act)
    if outcome.refused:
        return _page(request, subject, form=form, reasons=outcome.reasons, status=outcome.status)
    messages.success(request, message % {"code": subject.code})
    return see("subject-visits", subject.code)


def _page(
    request: HttpRequest,
    subject: Subject,
    *,
    form: Form | None = None,
    reasons: tuple[Reason, ...] = (),
    status: int = 200,
) -> HttpResponse:
    trial = trial_of(request)
    is_lost = subject.lost_on is not None
    today = site_date(trial.at, timezone=subject.site.timezone)
    decision = trial.check(Permission.VISIT_EDIT, site=subject.site) + _possible(trial, subject)
    preview = if_lost(subject, lost_on=None if is_lost else today, at=trial.at) if decision.allowed else None
    context = subject_head(trial, subject, here="subject-visits", label=_("Lost to follow-up")) | {
        "is_lost": is_lost,
        "losses": loss_items(losses_of(subject), zone=subject.site.timezone),
        "form": form or (FoundForm() if is_lost else LossForm()),
        "reasons": reasons,
        "blocked": () if reasons else decision.reasons,
        "preview": preview,
        "is_replaceable": preview is not None and preview.then.standing is Standing.NOT_EVALUABLE,
        "follows": _items(preview) if preview is not None else [],
    }
    return render(request, "safety/loss.html", context, status=status)


def _possible(trial: TrialContext, subject: Subject) -> Decision:
    """What stands against the act whatever is entered: the widest bounds, so that only the state decides."""
    facts = loss_facts(subject)
    if subject.lost_on is not None:
        return may_record_found(facts, reason=_SOME_TEXT)
    today = site_date(trial.at, timezone=subject.site.timezone)
    return may_record_loss(facts, lost_on=today, attempts=_SOME_TEXT, today=today)


def _items(preview: LossPreview) -> list[dict[str, object]]:
    return [
        {"label": _("At the gate of cohort %(n)s now") % {"n": preview.cohort}, "value": preview.now.why},
        {"label": _("After it is saved"), "value": preview.then.why},
        {"label": _("Result now"), "state": preview.result_now.value},
        {"label": _("Result after it is saved"), "state": preview.result_then.value},
    ]
