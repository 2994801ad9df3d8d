"""The session of the pages, for programs that use it: they send the token against forged requests in its header."""

from __future__ import annotations

from drf_spectacular import authentication as spectacular
from rest_framework import authentication
from rest_framework.request import Request

from trial.models import User


class SessionAuthentication(authentication.SessionAuthentication):
    """Keeps the body: a request that is done once is known by its hash, and the check against forgery reads it up."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        _ = request._request.body
        return super().authenticate(request)


class SessionScheme(spectacular.SessionScheme):
    target_class = "trial.edge.session_authentication.SessionAuthentication"
