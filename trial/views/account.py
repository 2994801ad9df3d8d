"""What a person does with their own account: messages, access tokens, the study they look at."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from trial import clock
from trial.edge.acting import attempt
from trial.edge.context import trial_of
from trial.edge.declared import requires
from trial.forms.account import PasswordForm, StudyChoiceForm, TokenForm
from trial.models import ApiToken
from trial.permissions import Permission
from trial.rules.decision import Reason
from trial.selectors.account import notifications_of, studies_of, tokens_of
from trial.services import notifications as notification_service
from trial.services import people
from trial.services import tokens as token_service

_PAGE = 30


@requires(Permission.SIGNED_IN)
def notifications(request: HttpRequest) -> HttpResponse:
    """A POST marks one message (``pk``) or all of them as read."""
    trial = trial_of(request)
    if request.method == "POST":
        pk = request.POST.get("pk", "")
        notification_service.mark_read(user=trial.user, at=trial.at, pk=int(pk) if pk.isdecimal() else None)
        return redirect("notifications")
    rows = notifications_of(trial.user, study=trial.study)
    page = Paginator(rows, _PAGE).get_page(request.GET.get("page"))
    return render(request, "trial/notifications.html", {"page": page})


@never_cache
@requires(Permission.SIGNED_IN)
def tokens(request: HttpRequest) -> HttpResponse:
    """The token itself is shown in the answer that issues it, and never again."""
    trial = trial_of(request)
    form = TokenForm(request.POST if request.method == "POST" else None)
    context: dict[str, object] = {"form": form, "true_now": clock.true_now()}
    status = 200
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        outcome = attempt(
            lambda: token_service.issue(
                purpose=given["purpose"], life=timedelta(days=given["days"]), by=trial.user, at=clock.true_now()
            )
        )
        if outcome.result is not None:
            context |= {"issued": outcome.result, "form": TokenForm()}
        context["reasons"], status = outcome.reasons, outcome.status
    context["tokens"] = tokens_of(trial.user)
    return render(request, "trial/tokens.html", context, status=status)


@require_POST
@requires(Permission.SIGNED_IN)
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    trial = trial_of(request)
    token = get_object_or_404(ApiToken, pk=pk, user=trial.user)
    token_service.revoke(token=token, by=trial.user, at=clock.true_now())
    messages.success(request, _("The token is revoked: it opens nothing any more."))
    return redirect("tokens")


@requires(Permission.SIGNED_IN)
def study_choice(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    studies = studies_of(trial.user)
    form = StudyChoiceForm(
        request.POST if request.method == "POST" else None, studies=studies, initial={"study": trial.study}
    )
    if request.method == "POST" and form.is_valid():
        request.session["study"] = form.cleaned_data["study"].pk
        return redirect("board")
    return render(request, "trial/study_choice.html", {"form": form, "studies": studies})


@never_cache
@sensitive_post_parameters()
@requires(Permission.SIGNED_IN)
def password(request: HttpRequest) -> HttpResponse:
    """The session goes on; all other sessions of this person end with the old password."""
    trial = trial_of(request)
    form = PasswordForm(request.POST if request.method == "POST" else None)
    reasons: tuple[Reason, ...] = ()
    status = 200
    if request.method == "POST" and form.is_valid():
        entered = form.cleaned_data
        try:
            outcome = attempt(
                lambda: people.change_password(user=trial.user, present=entered["present"], new=entered["new"])
            )
        except ValidationError as weak:
            form.add_error("new", weak)
        else:
            if outcome.result is not None:
                update_session_auth_hash(request, outcome.result)
                messages.success(request, _("Your password was changed."))
                return redirect("board")
            reasons, status = outcome.reasons, outcome.status
    context = {"form": form, "reasons": reasons, "initial": trial.user.initial_password}
    return render(request, "trial/password.html", context, status=status)
