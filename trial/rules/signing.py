"""The message that a signature's HMAC covers. The database builds the same one (``signatures.sql``)."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime


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
    """HMAC-SHA256 in hex over length-prefixed fields, so that no two different signatures share one message."""
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
    message = "|".join(f"{len(field.encode())}:{field}" for field in fields)
    return hmac.new(key, message.encode(), hashlib.sha256).hexdigest()
