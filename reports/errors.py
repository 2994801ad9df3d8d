"""Error pages: what happened, and what to do next."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import loader

_API = "/api/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(_API):
        return JsonResponse({"detail": "The request could not be read."}, status=400)
    return _page(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(_API):
        return JsonResponse({"detail": "Not permitted."}, status=403)
    return _page(request, "403.html", status=403, exception=str(exception))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The same for an address that does not exist and for an object of another site: it tells them apart to nobody."""
    if request.path.startswith(_API):
        return JsonResponse({"detail": "Not found."}, status=404)
    return _page(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Written without the request's context: that would ask the database, which may be what failed."""
    if request.path.startswith(_API):
        return JsonResponse({"detail": "Something failed on our side. Nothing was saved."}, status=500)
    return HttpResponse(loader.get_template("500.html").render({}), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page(request, "403_csrf.html", status=403)


def _page(request: HttpRequest, template: str, *, status: int, **shown: str) -> HttpResponse:
    """With the navigation of whoever is signed in. A request that was refused before anybody was looked for (one for
    another host) has no context: its page stands by itself."""
    if hasattr(request, "trial"):
        return render(request, template, shown, status=status)
    return HttpResponse(loader.get_template(template).render(shown), status=status)
