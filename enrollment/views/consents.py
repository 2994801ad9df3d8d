"""The consents of a participant: what was agreed to, another answer, withdrawal."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from enrollment.forms.consent import SCOPE_LABELS, RegistrationForm, WithdrawalForm
from enrollment.models import InformedConsent
from enrollment.rules.states import ConsentStatus, SubjectState, WithdrawalScope
from enrollment.rules.withdrawal import may_withdraw
from enrollment.selectors.consents import consents_of, explainers, versions_at, withdrawn_scopes
from enrollment.selectors.subjects import subject_or_404
from enrollment.services import consents, subjects
from enrollment.views.crumbs import subject_head
from trial.edge.acting import attempt
from trial.edge.context import trial_of
from trial.edge.declared import requires
from trial.permissions import Permission
from trial.rules.decision import Decision, Reason


@requires(Permission.SUBJECT_VIEW, post=Permission.CONSENT_RECORD)
def subject_consents(request: HttpRequest, code: str) -> HttpResponse:
    """All answers of a participant, and the form for another one (a new version, for instance)."""
    trial = trial_of(request)
    subject = subject_or_404(trial, code=code)
    editing = trial.check(Permission.CONSENT_RECORD, site=subject.site)
    form = RegistrationForm(
        request.POST if request.method == "POST" else None,
        versions=versions_at([subject.site]),
        explainers=explainers(trial.study, at=trial.at, sites=[subject.site]),
    )
    context: dict[str, object] = {"reasons": ()}
    status = 200
    if request.method == "POST" and form.is_valid():
        entry = form.entry()
        outcome = attempt(lambda: consents.record(subject=subject, entry=entry, by=trial.user, at=trial.at))
        if not outcome.refused:
            messages.success(request, _("The answer of %(code)s is recorded.") % {"code": subject.code})
            return redirect("consent", code=subject.code)
        context["reasons"], status = outcome.reasons, outcome.status
    context |= subject_head(trial, subject, here="consent", label=_("Consent")) | {
        "consents": [consent_items(consent) for consent in consents_of(subject)],
        "form": form,
        "may_edit": editing.allowed,
        "edit_reasons": editing.reasons,
    }
    return render(request, "enrollment/consents.html", context, status=status)


@requires(Permission.SUBJECT_VIEW, post=Permission.CONSENT_RECORD)
def withdrawal(request: HttpRequest, code: str) -> HttpResponse:
    """What withdrawal means, its scope and its reason."""
    trial = trial_of(request)
    subject = subject_or_404(trial, code=code)
    earlier = withdrawn_scopes(subject)
    form = WithdrawalForm(request.POST if request.method == "POST" else None)
    reasons: tuple[Reason, ...] = ()
    status = 200
    if request.method == "POST" and form.is_valid():
        scope, why = WithdrawalScope(form.cleaned_data["scope"]), form.cleaned_data["reason"]
        outcome = attempt(
            lambda: subjects.withdraw(subject=subject, scope=scope, reason=why, by=trial.user, at=trial.at)
        )
        if not outcome.refused:
            messages.success(request, _("The withdrawal of %(code)s is recorded.") % {"code": subject.code})
            return redirect("subject", code=subject.code)
        reasons, status = outcome.reasons, outcome.status
    # The widest scope in question: where even that is refused, the form would only lead to a refusal.
    possible = may_withdraw(SubjectState(subject.state), earlier=earlier, scope=WithdrawalScope.ALL, reason="asked")
    decision: Decision = trial.check(Permission.CONSENT_RECORD, site=subject.site) + possible
    context = subject_head(trial, subject, here="consent", label=_("Withdrawal")) | {
        "form": form,
        "reasons": reasons,
        "blocked": decision.reasons,
        "earlier": [SCOPE_LABELS[scope] for scope in WithdrawalScope if scope in earlier],
    }
    return render(request, "enrollment/withdrawal.html", context, status=status)


def consent_items(consent: InformedConsent) -> dict[str, object]:
    """One answer: its state by word and shape, and everything that was written down with it."""
    state = consent.status
    if consent.withdrawn_at is not None:
        state = "WITHDRAWN"
    scope = consent.withdrawal_scope
    return {
        "title": str(consent.consent_version),
        "state": state,
        "given_at": consent.given_at,
        "explained_by": consent.explained_by.printed_name,
        "copy_given": consent.copy_given,
        "before_procedures": consent.before_procedures,
        "recorded_at": consent.recorded_at,
        "recorded_by": consent.recorded_by.printed_name,
        "is_refusal": consent.status == ConsentStatus.REFUSED,
        "withdrawn_at": consent.withdrawn_at,
        "scope": SCOPE_LABELS[WithdrawalScope(scope)] if scope else "",
        "withdrawal_reason": consent.withdrawal_reason,
    }
