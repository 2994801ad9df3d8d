"""The key of this installation, and what is sealed with it besides signatures: passwords and roles.

Raw SQL with the application's credentials can then neither put a known password on an account nor make an investigator,
and so cannot sign by way of the sign-in page either.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from trial.models import Membership, User
from trial.rules.signing import credential_mac, membership_mac


@cache
def signing_key() -> bytes:
    if not settings.SIGNING_KEY_FILE:
        raise ImproperlyConfigured("This process holds no signing key (SIGNING_KEY_FILE): it cannot sign.")
    return bytes.fromhex(Path(settings.SIGNING_KEY_FILE).read_text().strip())


def seal_password(user: User) -> None:
    """Seal the password that was just set; the caller saves. The database refuses an unsealed one."""
    user.password_mac = credential_mac(key=signing_key(), username=user.username, password_hash=user.password)


def seal_membership(membership: Membership) -> None:
    """Seal a membership as it stands; the caller saves."""
    membership.mac = membership_mac(
        key=signing_key(),
        user_id=membership.user_id,
        study_id=membership.study_id,
        site_id=membership.site_id,
        role=membership.role,
        valid_from=membership.valid_from,
        valid_until=membership.valid_until,
    )
