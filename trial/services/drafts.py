"""What somebody typed and has not saved yet: kept for them alone, through a time-out or a crash.

No record of the trial: no history, no study lock, nothing decides from it. See ``docs/adr/0010-drafts.md``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from trial.errors import RuleViolation, StaleRecord
from trial.models import FormDraft, Study, User
from trial.rules.decision import Decision, Reason

MOST_DRAFTS = 50
"""Of one person in one study."""
KEPT_FOR = timedelta(days=30)

_TOO_MANY = Reason(
    "DRF-MANY",
    f"You have {MOST_DRAFTS} unsaved entries already. Save or discard some of them; this form can be saved meanwhile.",
    "House rule: drafts are bounded",
)


@dataclass(frozen=True, slots=True)
class Typed:
    """``window`` is the page it was typed in, ``seen`` the hash of the record it began from, if the form has one."""

    window: str
    title: str
    seen: str
    fields: Mapping[str, Sequence[str]]


def keep(*, place: str, typed: Typed, over: str, by: User, study: Study, at: datetime) -> FormDraft:
    """Keep what was typed in place of what the same window kept before, or of the draft named by ``over``.

    Raises ``StaleRecord`` where another window keeps a draft of this form, ``RuleViolation`` beyond ``MOST_DRAFTS``.
    """
    with transaction.atomic():
        # One person's windows queue here: the count is exact, and of two first drafts of a form one is refused.
        User.objects.select_for_update(no_key=True).only("id").get(pk=by.pk)
        present = FormDraft.objects.filter(user=by, study=study, place=place).first()
        if present is None:
            if FormDraft.objects.filter(user=by, study=study).count() >= MOST_DRAFTS:
                raise RuleViolation(Decision((_TOO_MANY,)))
            present = FormDraft(user=by, study=study, place=place)
        elif typed.window != present.content["window"] and over != present.version:
            raise StaleRecord("Another window keeps a draft of this form.")
        present.seen, present.saved_at = typed.seen, at
        present.content = {"window": typed.window, "title": typed.title, "fields": typed.fields}
        present.save()
        return present


def discard(*, place: str, version: str, by: User, study: Study) -> None:
    """Throw away the draft that was shown. Raises ``StaleRecord`` where something else has been typed since."""
    with transaction.atomic():
        draft = FormDraft.objects.select_for_update().filter(user=by, study=study, place=place).first()
        if draft is None:
            return
        if draft.version != version:
            raise StaleRecord("Something else has been typed in another window since.")
        draft.delete()


def settle(*, place: str, window: str, by: User, study: Study) -> None:
    """What was typed in this window is saved. A draft of another window was not, and stays."""
    FormDraft.objects.filter(user=by, study=study, place=place, content__window=window).delete()


def clean(*, at: datetime) -> int:
    """Drop what nobody came back to; answers how many."""
    dropped, _by_model = FormDraft.objects.filter(saved_at__lt=at - KEPT_FOR).delete()
    return dropped
