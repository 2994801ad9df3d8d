"""The shape of every act at the bedside: a valid form, one service call, once, and back to the page of the infusion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse

from dosing.models import Infusion
from dosing.selectors.infusions import infusion_or_404
from dosing.views.acting_once import act_once, happened_at, settled, waited_of
from dosing.views.bedside import Answered, bedside_page
from trial.edge.acting import attempt
from trial.edge.context import trial_of
from trial.models import User


@dataclass(frozen=True, slots=True)
class Doing:
    """What an act is given: the infusion, its valid form, who acts and when.

    ``happened_at``: when the button was pressed, where the form waited for the connection; None: just now.
    """

    infusion: Infusion
    form: Any
    by: User
    at: datetime
    request: HttpRequest

    @property
    def zone(self) -> str:
        return self.infusion.subject.site.timezone

    @property
    def happened_at(self) -> datetime | None:
        return happened_at(self.request, at=self.at)

    @property
    def pressed_at(self) -> datetime:
        return self.at - waited_of(self.request)


def act_at_bedside(
    request: HttpRequest,
    pk: int,
    *,
    section: str,
    form: forms.Form,
    act: Callable[[Doing], object],
    message: str,
    about: int | None = None,
) -> HttpResponse:
    """Refused, the page says why beside the control that was used."""
    trial = trial_of(request)
    shown = infusion_or_404(trial, pk)
    if not form.is_valid():
        return bedside_page(request, trial, shown, Answered(section, form, about=about))
    doing = Doing(shown, form, trial.user, trial.at, request)
    outcome = attempt(lambda: act_once(request, by=trial.user, act=lambda: act(doing)))
    if outcome.refused:
        # Read again: somebody else may have started or ended it meanwhile.
        return bedside_page(request, trial, infusion_or_404(trial, pk), Answered(section, form, outcome, about=about))
    return settled(request, message, "infusion", pk)
