"""Every URL declares its permission; the declaration is what is enforced. A test walks all URLs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

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
                return redirect_to_login(request.get_full_path())
            needed = permission if request.method in ("GET", "HEAD") else (post or permission)
            if needed is not Permission.SIGNED_IN:
                trial_of(request).require(needed)
            return view(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]  # read by the walk over all URLs
        guarded.post_permission = post or permission  # type: ignore[attr-defined]  # as above
        guarded.drafts = drafts  # type: ignore[attr-defined]  # read where a draft is kept
        return guarded

    return decorate
