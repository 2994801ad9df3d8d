"""An act that a page sends again, after a dropped connection or a restart, is done once, by the one who did it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from dosing.forms.vital_signs import waited
from dosing.services.acts_once import once
from dosing.views.answering import see
from trial.errors import RuleViolation
from trial.models import User
from trial.rules.canonical import sha256_hex
from trial.rules.decision import Decision, Reason

# What differs between two sendings of the same act.
_OF_THE_WAY = frozenset({"csrfmiddlewaretoken", "waited_s"})


def act_once(request: HttpRequest, *, by: User, act: Callable[[], object]) -> object:
    """Carry out ``act`` unless a form with the same key was carried out already.

    A form without a key is carried out as it is. Raises ``RuleViolation`` where another person is signed in than the
    one for whom the form was drawn: what one nurse did is never recorded under the name of another.
    """
    _require_same_person(request, by)
    key = request.POST.get("idempotency_key", "")
    return once(key=key, digest=_digest(request), by=by, act=act) if key else act()


def waited_of(request: HttpRequest) -> timedelta:
    """How long the form waited in the page for the connection."""
    return waited(request.POST.get("waited_s", ""))


def happened_at(request: HttpRequest, *, at: datetime) -> datetime | None:
    """When the button was pressed, if the form waited; ``None``: just now."""
    waiting = waited_of(request)
    return at - waiting if waiting else None


def is_queued(request: HttpRequest) -> bool:
    """Sent by the page itself, which stays where it is."""
    return request.headers.get("X-Queued") == "1"


def settled(request: HttpRequest, message: str, name: str, *args: object) -> HttpResponse:
    """The act is done: back to its page; a page that sent it by itself is told to look again."""
    messages.success(request, message)
    return HttpResponse(status=204) if is_queued(request) else see(name, *args)


def _require_same_person(request: HttpRequest, by: User) -> None:
    drawn_for = request.POST.get("person", "")
    if drawn_for and drawn_for != str(by.pk):
        raise RuleViolation(
            _of("elsewhere", f"Another person ({by.username}) is signed in now. Nothing was recorded under that name.")
        )


def _digest(request: HttpRequest) -> str:
    typed = sorted((name, request.POST.getlist(name)) for name in request.POST if name not in _OF_THE_WAY)
    return sha256_hex(f"{request.path}\n{typed}")


def _of(code: str, message: str) -> Decision:
    return Decision((Reason(code, message, "21 CFR 11.10(e): who did what"),))
