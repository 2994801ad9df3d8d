"""``Authorization: Token ...``: a person's token, for a purpose, with an expiry in true time."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from trial import clock
from trial.models import ApiToken, User
from trial.rules.canonical import sha256_hex


class TokenAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"token":
            return None
        if len(parts) != 2:
            raise AuthenticationFailed(_("The header must read: Authorization: Token <token>."))
        digest = sha256_hex(parts[1].decode("latin-1"))
        token = ApiToken.objects.select_related("user").filter(token_sha256=digest).first()
        if token is None or token.revoked_at is not None or token.expires_at <= clock.true_now():
            raise AuthenticationFailed(_("This token is unknown, revoked or expired."))
        if not token.user.is_active:
            raise AuthenticationFailed(_("This account is not active."))
        # The trial context reads the person from the inner request.
        request._request.user = token.user
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Token"


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "trial.edge.token_authentication.TokenAuthentication"
    name = "Token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Token <token>"}
