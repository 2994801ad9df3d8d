"""The edge of the HTTP API: declared permissions, exact JSON, pages of lists, requests carried out once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django.db import transaction
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from trial import clock
from trial.documents.parsing import read_json
from trial.documents.problems import InputProblems
from trial.edge.context import trial_of
from trial.models import IdempotentRequest
from trial.permissions import Permission
from trial.rules.canonical import sha256_hex

if TYPE_CHECKING:
    # The framework's views read this module through their settings: importing them here would be a circle.
    from rest_framework.views import APIView


_LONGEST_KEY = 80


class DeclaredPermission(BasePermission):
    """A view names ``permission`` (to read) and ``post_permission`` (to act); a view without one answers nobody."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        declared: Permission | None = getattr(view, "permission", None)
        if declared is None:
            return False
        if declared is Permission.PUBLIC:
            return True
        if not request.user or not request.user.is_authenticated:
            return False
        needed = declared
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            needed = getattr(view, "post_permission", declared)
        if needed is not Permission.SIGNED_IN:
            trial_of(request).require(needed)
        return True


class ExactJSONParser(BaseParser):
    """JSON with exact decimals; duplicate keys, NaN and Infinity are refused. Floats never enter."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        try:
            return read_json(stream.read().decode("utf-8"))
        except UnicodeDecodeError as error:
            raise ParseError("The body is not UTF-8.") from error
        except InputProblems as error:
            raise ParseError("; ".join(error.lines())) from error


class Pagination(PageNumberPagination):
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500


def once(request: Request, act: Callable[[], Response]) -> Response:
    """Carry out a bedside request once: the same ``Idempotency-Key`` gets the first answer again.

    Answer and act commit together, so a dropped connection neither loses nor doubles anything. A key that comes back
    with another body is an error of the client.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        raise ValidationError(
            {"Idempotency-Key": ["This request changes something at the bedside: send a unique key."]}
        )
    if len(key) > _LONGEST_KEY:
        raise ValidationError({"Idempotency-Key": [f"A key has at most {_LONGEST_KEY} characters."]})
    user = trial_of(request).user
    digest = sha256_hex(f"{request.method} {request.path}\n{request.body.decode('utf-8', 'replace')}")
    with transaction.atomic():
        row, created = IdempotentRequest.objects.select_for_update().get_or_create(
            user=user, key=key, defaults={"request_sha256": digest, "created_at": clock.true_now()}
        )
        if row.request_sha256 != digest:
            raise ValidationError({"Idempotency-Key": ["This key was used for another request."]})
        if not created and row.status is not None:
            return Response(row.body, status=row.status)
        response = act()
        row.status, row.body = response.status_code, response.data
        row.save(update_fields=["status", "body"])
        return response
