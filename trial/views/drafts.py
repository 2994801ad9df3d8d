"""Drafts: kept while somebody types (by script), listed and discarded by the person they belong to."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from trial.documents.drafts import LARGEST_BYTES, read_draft
from trial.documents.problems import InputProblems
from trial.edge.acting import attempt
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import SiteOf, requires
from trial.errors import NotPermitted
from trial.models import FormDraft
from trial.permissions import Permission
from trial.rules.decision import Reason
from trial.rules.site_time import at_site
from trial.selectors.drafts import draft_of, drafts_of
from trial.services import drafts as draft_service
from trial.templatetags.look import trial_time

_LONGEST_PLACE = 200
_ELSEWHERE = Reason(
    "DRF-ELSEWHERE", "Another person, or another study, is open in this browser now.", "21 CFR 11.10(d), 11.100(a)"
)
_LARGE = Reason(
    "DRF-LARGE", "What you typed is too long to be kept unsaved. Save it.", "House rule: drafts are bounded"
)
_SHAPE = Reason("DRF-SHAPE", "What was sent is no draft of a form.", "House rule: drafts are bounded")
_NO_FORM = Reason("DRF-PLACE", "There is no such form for you.", "House rule: drafts are of our own forms")


@requires(Permission.SIGNED_IN)
def drafts(request: HttpRequest) -> HttpResponse:
    """Everything this person typed and did not save; a POST discards one (``pk``)."""
    trial = trial_of(request)
    own = drafts_of(trial.user, study=trial.study)
    if request.method == "POST":
        pk = request.POST.get("pk", "")
        draft = get_object_or_404(own, pk=int(pk) if pk.isdecimal() else 0)
        outcome = attempt(
            lambda: draft_service.discard(
                place=draft.place, version=request.POST.get("version", ""), by=trial.user, study=trial.study
            )
        )
        if outcome.refused:
            messages.warning(request, _("Not discarded: something else has been typed there since."))
        return redirect("drafts")
    return render(request, "trial/drafts.html", {"drafts": own, "kept_for_days": draft_service.KEPT_FOR.days})


def _answered(view: Callable[[HttpRequest], JsonResponse]) -> Callable[[HttpRequest], JsonResponse]:
    """Only script calls it: what is refused is told in JSON, too."""

    @wraps(view)
    def answered(request: HttpRequest) -> JsonResponse:
        try:
            return view(request)
        except Http404:
            return _refused(_NO_FORM, status=404)
        except NotPermitted as refusal:
            return _refused(refusal.reason, status=403)
        except InputProblems:
            return _refused(_SHAPE, status=400)

    return answered


@never_cache
@require_http_methods(["GET", "PUT", "DELETE"])
@requires(Permission.SIGNED_IN)
@_answered
def draft(request: HttpRequest) -> JsonResponse:
    """The draft of one form of this person: read, kept, discarded. The address names form, person and study."""
    trial = trial_of(request)
    asked = request.GET
    # A session that ended may have been followed by somebody else's: nothing goes from one person to another.
    if (asked.get("person"), asked.get("study")) != (trial.user.username, trial.study.registry_id):
        return _refused(_ELSEWHERE, status=409)
    place = asked.get("place", "")
    if not place.isprintable() or len(place) > _LONGEST_PLACE:
        raise Http404
    if request.method == "DELETE":  # also what may not be opened any more
        version = asked.get("version", "")
        outcome = attempt(lambda: draft_service.discard(place=place, version=version, by=trial.user, study=trial.study))
        return _refused(outcome.reasons[0], status=outcome.status) if outcome.refused else JsonResponse({})
    _require_form(trial, place)
    if request.method == "PUT":
        return _keep(request, trial, place)
    found = draft_of(trial.user, study=trial.study, place=place)
    shown = None if found is None else _about(trial, found) | {"seen": found.seen, **found.content}
    return JsonResponse({"draft": shown})


def _keep(request: HttpRequest, trial: TrialContext, place: str) -> JsonResponse:
    if len(request.body) > LARGEST_BYTES:
        return _refused(_LARGE, status=413)
    document = read_draft(request.body)
    typed = draft_service.Typed(
        window=document.window, title=document.title, seen=document.seen, fields=document.fields
    )
    outcome = attempt(
        lambda: draft_service.keep(
            place=place, typed=typed, over=document.over, by=trial.user, study=trial.study, at=trial.at
        )
    )
    if outcome.result is None:
        return _refused(outcome.reasons[0], status=outcome.status)
    return JsonResponse(_about(trial, outcome.result))


def _about(trial: TrialContext, draft: FormDraft) -> dict[str, str]:
    zone = trial.surroundings.timezone
    return {
        "version": draft.version,
        "at": trial_time(draft.saved_at, zone),
        "time": f"{at_site(draft.saved_at, timezone=zone):%H:%M}",
    }


def _require_form(trial: TrialContext, place: str) -> None:
    """``place`` is the address of a form whose drafts are kept, and this person may send it. Else ``Http404``,
    ``NotPermitted``."""
    try:
        found = resolve(place)
    except Resolver404 as nowhere:
        raise Http404 from nowhere
    site_of: SiteOf | None = getattr(found.func, "drafts", None)
    permission: Permission | None = getattr(found.func, "post_permission", None)
    if site_of is None or permission is None:
        raise Http404
    trial.require(permission, site=site_of(trial, **found.kwargs))


def _refused(reason: Reason, *, status: int) -> JsonResponse:
    return JsonResponse({"code": reason.code, "message": reason.message}, status=status)
