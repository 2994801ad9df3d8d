"""Things that will happen by themselves: planned as rows, claimed by the sweep, carried out exactly once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from trial.models import DueItem, Study

Handler = Callable[..., None]


class NotCarriedOut(Exception):
    """What a due row stands for failed; the row stays open, and is tried again by a later sweep."""

    def __init__(self, what: str, item_id: int) -> None:
        super().__init__(what, item_id)  # both are arguments, so that it can travel between processes
        self.item_id = item_id

    def __str__(self) -> str:
        return str(self.args[0])


def plan(*, study: Study, kind: str, key: str, reference: str, due_at: datetime) -> None:
    """Plan something, or move it while it has not happened yet. Planning the same ``key`` twice keeps one row."""
    item, created = DueItem.objects.get_or_create(
        key=key, defaults={"study": study, "kind": kind, "reference": reference, "due_at": due_at}
    )
    if not created and item.done_at is None and (item.due_at != due_at or item.cancelled_at is not None):
        DueItem.objects.filter(pk=item.pk, done_at__isnull=True).update(due_at=due_at, cancelled_at=None)


def cancel(*, keys: list[str], at: datetime) -> None:
    DueItem.objects.filter(key__in=keys, done_at__isnull=True, cancelled_at__isnull=True).update(cancelled_at=at)


def carry_out_next(*, at: datetime, handlers: Mapping[str, Handler], besides: Collection[int] = ()) -> bool:
    """Claim one due row, do what it stands for, mark it done: one transaction. Answers whether there was one.

    A worker killed at any moment leaves the row unclaimed; two workers never hold the same row (SKIP LOCKED).
    Raises ``NotCarriedOut`` with nothing written; ``besides`` are the rows that failed so, and must not block the rest.
    """
    with transaction.atomic():
        item = (
            DueItem.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("study")
            .filter(due_at__lte=at, done_at__isnull=True, cancelled_at__isnull=True)
            .exclude(pk__in=besides)
            .order_by("due_at", "id")
            .first()
        )
        if item is None:
            return False
        try:
            handlers[item.kind](study=item.study, reference=item.reference, at=at)
        except Exception as error:
            what = f"{item.kind} {item.key}, due at {item.due_at:%Y-%m-%d %H:%M} UTC"
            raise NotCarriedOut(what, item.pk) from error
        item.done_at = at
        item.save(update_fields=["done_at"])
        return True


def open_items(study: Study) -> Any:
    return DueItem.objects.filter(study=study, done_at__isnull=True, cancelled_at__isnull=True).order_by("due_at")
