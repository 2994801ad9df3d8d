"""How the HTTP API answers a refusal: with every reason, and the status that says which kind it is."""

from __future__ import annotations

from typing import Any

from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from trial.documents.problems import InputProblems
from trial.edge.middleware import refusal_reasons
from trial.errors import NotPermitted


def refusals(exception: Exception, context: dict[str, Any]) -> Response | None:
    """409 with every reason, 403 with the one that is missing; everything else as the framework answers it."""
    if isinstance(exception, NotPermitted):
        return Response({"reasons": [exception.reason.as_dict()]}, status=status.HTTP_403_FORBIDDEN)
    if isinstance(exception, InputProblems):
        return Response({p.key: [p.text] for p in exception.problems}, status=status.HTTP_400_BAD_REQUEST)
    reasons = refusal_reasons(exception)
    if reasons:
        return Response({"reasons": [reason.as_dict() for reason in reasons]}, status=status.HTTP_409_CONFLICT)
    return exception_handler(exception, context)
