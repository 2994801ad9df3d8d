"""Access tokens for programs: shown once, for a purpose, with an expiry. They live in true time."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from trial.errors import NotPermitted, require
from trial.models import ApiToken, User
from trial.rules.canonical import sha256_hex
from trial.rules.decision import Decision, Reason
from trial.services.regulated import regulated

LONGEST_LIFE = timedelta(days=365)
_BYTES = 32
_SOURCE = "21 CFR 11.300(b), (e): identification codes and devices are checked and renewed"


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """``plaintext`` is known only here and now: the database keeps its hash."""

    token: ApiToken
    plaintext: str


def issue(*, purpose: str, life: timedelta, by: User, at: datetime) -> IssuedToken:
    """Issue a token that acts as this person, with this person's permissions. ``at`` is true time.

    A signature still needs user name and password: a token alone signs nothing.
    Raises ``RuleViolation`` without a purpose and for a life beyond a year. Source: 21 CFR 11.300.
    """
    require(Decision.of([_no_purpose(purpose), _life(life)]))
    plaintext = secrets.token_urlsafe(_BYTES)
    with regulated(by=by, act="tokens.issue", reason=purpose):
        token = ApiToken.objects.create(
            user=by, purpose=purpose, token_sha256=sha256_hex(plaintext), created_at=at, expires_at=at + life
        )
    return IssuedToken(token, plaintext)


def revoke(*, token: ApiToken, by: User, at: datetime) -> ApiToken:
    """End a token at once; twice does nothing twice. ``at`` is true time. Raises ``NotPermitted`` for another's."""
    if token.user_id != by.pk:
        raise NotPermitted(Reason("TOK-OWNER", "A token is revoked by the person it belongs to.", _SOURCE))
    with regulated(by=by, act="tokens.revoke"):
        token = ApiToken.objects.select_for_update().get(pk=token.pk)
        if token.revoked_at is None:
            token.revoked_at = at
            token.save(update_fields=["revoked_at"])
        return token


def _no_purpose(purpose: str) -> Reason | None:
    return None if purpose.strip() else Reason("TOK-PURPOSE", "Say what the token is for.", _SOURCE)


def _life(life: timedelta) -> Reason | None:
    if timedelta(0) < life <= LONGEST_LIFE:
        return None
    return Reason("TOK-LIFE", f"A token lives for a day at least and {LONGEST_LIFE.days} days at most.", _SOURCE)
