"""Small things that several pages of dosing answer with."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from trial.edge.acting import Outcome, attempt
from trial.errors import NotPermitted


def see(name: str, *args: object) -> HttpResponse:
    """After a POST: look at that page (303, so that reloading it sends nothing again)."""
    response = redirect(name, *args)
    response.status_code = 303
    return response


def done(request: HttpRequest, message: str, name: str, *args: object) -> HttpResponse:
    messages.success(request, message)
    return see(name, *args)


def attempt_for_another(act: Callable[[], object]) -> Outcome[object]:
    """As ``attempt``, for a second person who signs on this screen: what they may not do is a reason beside their box.

    An error page would tell the person signed in, who did nothing wrong, that they may not be here.
    """
    try:
        return attempt(act)
    except NotPermitted as refused:
        return Outcome(None, (refused.reason,), 403)


def crumbs(*pairs: tuple[str, str]) -> list[Mapping[str, str]]:
    """Labels with their addresses; an empty address is where one is."""
    return [{"label": label, "url": url} if url else {"label": label} for label, url in pairs]


def subject_crumbs(code: str, here: str) -> list[Mapping[str, str]]:
    """The way back to a subject."""
    return crumbs((_("Subjects"), reverse("subject-list")), (code, reverse("subject", args=[code])), (here, ""))
