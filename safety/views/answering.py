"""Small things that several pages of safety answer with."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from safety.selectors.consequences import Consequences


def see(name: str, *args: object) -> HttpResponse:
    """After a POST: look at that page (303, so that reloading it sends nothing again)."""
    response = redirect(name, *args)
    response.status_code = 303
    return response


def was_shown(request: HttpRequest, following: Consequences) -> bool:
    """Whether the person saw what follows, as it follows now, before saving. Nothing that follows needs no look."""
    return following.sha256 == request.POST.get("consequences_seen", "")
