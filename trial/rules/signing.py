"""What the HMACs of signatures, passwords and roles cover. The database builds the same (``signatures.sql``)."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, date, datetime


def signature_mac(
    *,
    key: bytes,
    study_id: int,
    signer_id: int,
    printed_name: str,
    role: str,
    meaning: str,
    signed_at: datetime,
    method: str,
    content_sha256: str,
) -> str:
    """The HMAC of an electronic signature."""
    fields = (
        "stepwise-signature-1",
        str(study_id),
        str(signer_id),
        printed_name,
        role,
        meaning,
        signed_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        method,
        content_sha256,
    )
    return seal(key, fields)


def credential_mac(*, key: bytes, username: str, password_hash: str) -> str:
    """Binds a password to its account, so that no statement can put another one there."""
    return seal(key, ("stepwise-credential-1", username, password_hash))


def membership_mac(
    *,
    key: bytes,
    user_id: int,
    study_id: int,
    site_id: int | None,
    role: str,
    valid_from: date,
    valid_until: date | None,
) -> str:
    """Binds a role to its person, study, site and period, so that no statement can make an investigator."""
    site = "" if site_id is None else str(site_id)
    until = "" if valid_until is None else valid_until.isoformat()
    fields = ("stepwise-membership-1", str(user_id), str(study_id), site, role, valid_from.isoformat(), until)
    return seal(key, fields)


def seal(key: bytes, fields: tuple[str, ...]) -> str:
    """HMAC-SHA256 in hex over length-prefixed fields: no two different tuples share one message."""
    message = "|".join(f"{len(field.encode())}:{field}" for field in fields)
    return hmac.new(key, message.encode(), hashlib.sha256).hexdigest()
