"""An act that is sent again, after a dropped connection or a restart, is done once."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.db import transaction

from trial import clock
from trial.errors import StaleRecord
from trial.models import IdempotentRequest, User

_LONGEST_KEY = 80
_PREFIX = "page:"


def once(*, key: str, digest: str, by: User, act: Callable[[], object]) -> object:
    """Carry out ``act`` unless it was carried out under this key already. Key and act commit together.

    What was refused leaves no key: it may be tried again. Two sendings at once wait for each other.
    ``digest``: of what was sent. Raises ``StaleRecord`` where the same key comes with something else.
    """
    with transaction.atomic():
        row, _created = IdempotentRequest.objects.select_for_update().get_or_create(
            user=by,
            key=f"{_PREFIX}{key}"[:_LONGEST_KEY],
            defaults={"request_sha256": digest, "created_at": clock.true_now()},
        )
        if row.request_sha256 != digest:
            raise StaleRecord("This form was sent before with other content. Look at the page again.")
        if row.status is not None:
            return None
        result = act()
        row.status, row.body = HTTPStatus.SEE_OTHER.value, {}
        row.save(update_fields=["status", "body"])
        return result
