"""Every URL declares its permission; the declaration is what is enforced. A test walks all URLs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from trial.edge.context import trial_of
from trial.models import Site
from trial.permissions import Permission

View = Callable[..., HttpResponseBase]
SiteOf = Callable[..., Site]


def requires(
    permission: Permission, *, post: Permission | None = None, drafts: SiteOf | None = None
) -> Callable[[View], View]:
    """Guard a view. ``permission`` opens it; ``post`` (default: the same) is asked for a request that changes
    something.

    The view then asks again for the site of the object it shows: this check knows no object yet. ``drafts`` lets what
    is typed into its form be kept before it is saved: from the trial and the address's parameters it finds the site of
    the form's object, and raises ``Http404`` where this person sees no such object.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if permission is Permission.PUBLIC:
                return view(request, *args, **kwargs)
            if not request.user.is_authenticated:
                return redirect_to_login(_page_asked_for(request))
            needed = permission if request.method in ("GET", "HEAD") else (post or permission)
            if needed is not Permission.SIGNED_IN:
                trial_of(request).require(needed)
            return view(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]  # read by the walk over all URLs
        guarded.post_permission = post or permission  # type: ignore[attr-defined]  # as above
        guarded.drafts = drafts  # type: ignore[attr-defined]  # read where a draft is kept
        return guarded

    return decorate


def _page_asked_for(request: HttpRequest) -> str:
    """Where to go on after signing in. A form whose session ended leads back to its page: its own address may answer to
    forms alone. Where it leads is checked when it is followed."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    try:
        page = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return request.get_full_path()
    if page.netloc != request.get_host() or not page.path:
        return request.get_full_path()
    return f"{page.path}?{page.query}" if page.query else page.path
