"""Signing in and out, the health of the installation, and the description of its API."""

from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST
from redis.exceptions import RedisError

from config.broker import ping_broker
from config.openapi_page import documented_operations, openapi_document
from trial.demonstration import ACCOUNTS, PASSWORD
from trial.edge.context import trial_of
from trial.edge.declared import requires
from trial.permissions import Permission
from trial.rules.roles import ROLE_LABELS


@require_GET
@requires(Permission.PUBLIC)
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while database and broker answer, else 503 and which of them does not. Tells nothing else to anybody."""
    states = {"database": _database_answers(), "broker": _broker_answers()}
    body = {name: "ok" if answers else "unreachable" for name, answers in states.items()}
    return JsonResponse(body, status=200 if all(states.values()) else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _broker_answers() -> bool:
    try:
        ping_broker()
    except RedisError:
        return False
    return True


@requires(Permission.PUBLIC)
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Name and password. Only a demonstration shows its accounts and their one password."""
    trial = trial_of(request)
    shown: dict[str, object] = {}
    if trial.has_study and trial.surroundings.is_demonstration:
        accounts = [
            {"username": a.username, "printed_name": a.printed_name, "role": ROLE_LABELS[a.role]} for a in ACCOUNTS
        ]
        shown = {"demonstration_accounts": accounts, "demonstration_password": PASSWORD}
    return LoginView.as_view(redirect_authenticated_user=True, extra_context=shown)(request)


@require_POST
@requires(Permission.SIGNED_IN)
def sign_out(request: HttpRequest) -> HttpResponseBase:
    return LogoutView.as_view()(request)


@require_GET
@requires(Permission.SIGNED_IN)
def schema(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document, for programs."""
    return JsonResponse(openapi_document())


@require_GET
@requires(Permission.SIGNED_IN)
def api_docs(request: HttpRequest) -> HttpResponse:
    """The same document for people. Written by the server: no script from elsewhere, so the strict policy stays."""
    return render(request, "reports/api_docs.html", {"groups": documented_operations()})
