"""The query parameters of the HTTP API: what a view declares is what the document shows and what a request may carry.

A list narrows by its filter set and turns its pages; a view names any further ones in ``query_parameters``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.settings import api_settings

if TYPE_CHECKING:
    # The framework's views read this module through their settings: importing them here would be a circle.
    from rest_framework.views import APIView

_READING = ("GET", "HEAD", "OPTIONS")
# For a view that turns pages by hand; the framework's lists declare their own.
PAGE_PARAMETERS = (
    OpenApiParameter("page", int, description="From 1 on."),
    OpenApiParameter("page_size", int, description="At most 500."),
)


class KnownParameters(BasePermission):
    """Refuse, as malformed (400), a query parameter that the view does not know.

    A misspelt filter would otherwise answer with rows that nobody asked for. It stands among the permissions because
    those are asked of every view, and after them: a stranger hears of no parameter.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        given = set(request.query_params)
        if not given:
            return True
        known = known_parameters(view, method=request.method or "")
        unknown = given - known
        if unknown:
            names = ", ".join(sorted(known))
            raise ValidationError({name: [f"Unknown parameter. Known here: {names}."] for name in sorted(unknown)})
        return True


def known_parameters(view: APIView, *, method: str) -> set[str]:
    """Names that a request of this method may carry. One that changes something is steered by its body alone."""
    known = {api_settings.URL_FORMAT_OVERRIDE}
    if method not in _READING:
        return known
    known |= {parameter.name for parameter in declared_parameters(view, method)}
    for backend in getattr(view, "filter_backends", ()):
        filters = backend().get_filterset_class(view, getattr(view, "queryset", None))
        known |= set(filters.base_filters) if filters else set()
    paginator = getattr(view, "paginator", None)
    if paginator:
        known |= {paginator.page_query_param, paginator.page_size_query_param}
    return known


def declared_parameters(view: APIView, method: str) -> tuple[OpenApiParameter, ...]:
    """Those that the view names itself, beside what follows from its filter set and its pages."""
    return getattr(view, "query_parameters", ()) if method in _READING else ()
