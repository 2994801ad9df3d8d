"""The addresses of the product and one more: a page that asks three questions and says one word."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from config.urls import handler400, handler403, handler404, handler500
from config.urls import urlpatterns as product
from enrollment.models import Subject
from trial.edge.declared import requires
from trial.permissions import Permission

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


@requires(Permission.SIGNED_IN)
def bare(request: HttpRequest, code: str) -> HttpResponse:
    """Session, person, subject: three queries, through the same middleware as every page."""
    return HttpResponse(f"<p>{Subject.objects.get(code=code)}</p>")


urlpatterns = [*product, path("bare/<str:code>/", bare)]
