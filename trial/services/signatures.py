"""Electronic signatures: the person proves who they are, again, and signs the hash of canonical content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import authenticate
from django.http import HttpRequest

from trial.errors import ReauthenticationFailed, StaleRecord
from trial.models import ElectronicSignature, Study, User
from trial.rules.canonical import canonical_json, sha256_hex
from trial.rules.decision import Reason
from trial.rules.roles import Role
from trial.rules.signing import signature_mac
from trial.rules.states import Meaning
from trial.services.sealing import signing_key

_SOURCE = "21 CFR 11.200(a)(1); 11.300"


@dataclass(frozen=True, slots=True)
class Proof:
    """That a person has just entered their own user name and password. Only ``reauthenticate`` makes one."""

    user: User
    method: str
    content_sha256: str


def reauthenticate(
    *, request: HttpRequest | None, username: str, password: str, content_sha256: str, expected: User | None = None
) -> Proof:
    """Check the credentials given with a signature. Wrong ones count towards lock-out like a wrong sign-in.

    ``expected`` is the person signed in; a second person (a verifier) signs on the same screen without it.
    Raises ``ReauthenticationFailed``; nothing tells which of name and password was wrong.
    """
    user = authenticate(request, username=username, password=password)
    if not isinstance(user, User) or not user.is_active or user.is_service:
        raise ReauthenticationFailed(_failed("The user name or the password is not right. Nothing was signed."))
    if user.initial_password:
        raise ReauthenticationFailed(
            _failed(
                "Choose a password of your own first (Account, Password): the first one was given by somebody else."
            )
        )
    if expected is not None and user.pk != expected.pk:
        raise ReauthenticationFailed(
            _failed("A signature is given by the person who is signed in. Nothing was signed.")
        )
    return Proof(user=user, method="password", content_sha256=content_sha256)


def sign(
    *,
    proof: Proof,
    study: Study,
    role: Role,
    meaning: Meaning,
    content: Mapping[str, Any],
    seen_sha256: str,
    at: datetime,
) -> ElectronicSignature:
    """Sign ``content``. ``seen_sha256`` is the hash, now, of what the signing form showed (a dossier, a verdict).

    Raises ``StaleRecord`` when the person saw something else. Source: 21 CFR 11.50, 11.70.
    """
    if proof.content_sha256 != seen_sha256:
        raise StaleRecord("What was to be signed has changed since it was shown. Reload, read it again, then sign.")
    text = canonical_json(content)
    signature = ElectronicSignature(
        study=study,
        signer=proof.user,
        printed_name=proof.user.printed_name,
        role=role.value,
        meaning=meaning.value,
        signed_at=at,
        method=proof.method,
        content=text,
        content_sha256=sha256_hex(text),
    )
    signature.mac = signature_mac(
        key=signing_key(),
        study_id=study.pk,
        signer_id=proof.user.pk,
        printed_name=signature.printed_name,
        role=signature.role,
        meaning=signature.meaning,
        signed_at=at,
        method=signature.method,
        content_sha256=signature.content_sha256,
    )
    signature.save(force_insert=True)
    return signature


def content_hash(content: Mapping[str, Any]) -> str:
    """The hash a signing form carries of what it shows."""
    return sha256_hex(canonical_json(content))


def _failed(message: str) -> Reason:
    return Reason("reauthentication", message, _SOURCE)
