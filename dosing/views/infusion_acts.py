"""Every act at the bedside: one service call each, and back to the page of the infusion, with all reasons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dosing.forms.day import DayForm
from dosing.forms.infusion import CompleteForm, LateStartForm, NotGivenForm, StartForm, StopForm
from dosing.models import Infusion
from dosing.rules.states import StopReason
from dosing.selectors.bedside import unit_meant
from dosing.selectors.infusions import infusion_or_404
from dosing.services import infusions, pre_dose
from dosing.views.answering import attempt_for_another, done, see
from dosing.views.bedside import Answered, bedside_page, identity_form
from trial.edge.acting import attempt
from trial.edge.context import trial_of
from trial.edge.declared import requires
from trial.models import User
from trial.permissions import Permission


@dataclass(frozen=True, slots=True)
class Doing:
    """What an act is given: the infusion, its valid form, who acts and when."""

    infusion: Infusion
    form: Any
    by: User
    at: datetime

    @property
    def zone(self) -> str:
        return self.infusion.subject.site.timezone


@require_POST
@requires(Permission.INFUSION_VIEW, post=Permission.INFUSION_PREPARE)
def infusion_day(request: HttpRequest, pk: int) -> HttpResponse:
    zone = infusion_or_404(trial_of(request), pk).subject.site.timezone
    form = DayForm(request.POST, check=None, timezone=zone)
    return _act(request, pk, section="day", form=form, act=_record_day, message=_("The facts of the day are recorded."))


def _record_day(doing: Doing) -> object:
    reason = doing.form.cleaned_data["reason"]
    return pre_dose.record(infusion=doing.infusion, entry=doing.form.entry(), reason=reason, by=doing.by, at=doing.at)


@require_POST
@requires(Permission.INFUSION_VIEW)
def infusion_verify(request: HttpRequest, pk: int) -> HttpResponse:
    """The second person signs with name and password on the screen of the first: their permission is what counts."""
    trial = trial_of(request)
    shown = infusion_or_404(trial, pk)
    unit = unit_meant(shown)
    if unit is None:
        return see("infusion", pk)
    form = identity_form(shown, unit, request.POST)
    if not form.is_valid():
        return bedside_page(request, trial, shown, Answered("identity", form))
    outcome = attempt_for_another(
        lambda: infusions.verify_identity(
            infusion=shown, unit=unit, proof=form.proof(request, expected=None), at=trial.at
        )
    )
    if outcome.refused:
        return bedside_page(request, trial, infusion_or_404(trial, pk), Answered("identity", None, outcome))
    return done(request, _("Subject and unit were checked by a second person."), "infusion", pk)


@require_POST
@requires(Permission.INFUSION_VIEW, post=Permission.INFUSION_ADMINISTER)
def infusion_start(request: HttpRequest, pk: int) -> HttpResponse:
    """Pressed twice, the second answer says who has started it already."""
    form = StartForm(request.POST, overdue="interval_reason" in request.POST)
    return _act(request, pk, section="start", form=form, act=_start_now, message=_("The infusion runs."))


def _start_now(doing: Doing) -> object:
    return infusions.start(infusion=doing.infusion, entry=doing.form.entry(), by=doing.by, at=doing.at)


@require_POST
@requires(Permission.INFUSION_VIEW, post=Permission.INFUSION_ADMINISTER)
def infusion_start_late(request: HttpRequest, pk: int) -> HttpResponse:
    form = LateStartForm(request.POST)
    return _act(request, pk, section="late", form=form, act=_start_late, message=_("The start is recorded."))


def _start_late(doing: Doing) -> object:
    entry = doing.form.entry(timezone=doing.zone)
    return infusions.start(infusion=doing.infusion, entry=entry, by=doing.by, at=doing.at)


@require_POST
@requires(Permission.INFUSION_VIEW, post=Permission.INFUSION_ADMINISTER)
def infusion_pause(request: HttpRequest, pk: int) -> HttpResponse:
    form = forms.Form(request.POST)
    return _act(request, pk, section="run", form=form, act=_pause, message=_("The infusion is paused."))


def _pause(doing: Doing) -> object:
    return infusions.pause(infusion=doing.infusion, by=doing.by, at=doing.at)


@require_POST
@requires(Permission.INFUSION_VIEW, post=Permission.INFUSION_ADMINISTER)
def infusion_resume(request: HttpRequest, pk: int) -> HttpResponse:
    form = forms.Form(request.POST)
    return _act(request, pk, section="run", form=form, act=_resume, message=_("The infusion runs again."))


def _resume(doing: Doing) -> object:
    return infusions.resume(infusion=doing.infusion, by=doing.by, at=doing.at)


@require_POST
@requires(Permission.INFUSION_VIEW, post=Permission.INFUSION_ADMINISTER)
def infusion_complete(request: HttpRequest, pk: int) -> HttpResponse:
    form = CompleteForm(request.POST)
    return _act(request, pk, section="complete", form=form, act=_complete, message=_("The infusion is completed."))


def _complete(doing: Doing) -> object:
    volume = doing.form.cleaned_data["infused_volume_ml"]
    return infusions.complete(infusion=doing.infusion, infused_volume_ml=volume, by=doing.by, at=doing.at)


@require_POST
@requires(Permission.INFUSION_VIEW, post=Permission.INFUSION_ADMINISTER)
def infusion_stop(request: HttpRequest, pk: int) -> HttpResponse:
    form = StopForm(request.POST)
    return _act(request, pk, section="stop", form=form, act=_stop, message=_("The infusion was stopped."))


def _stop(doing: Doing) -> object:
    values = doing.form.cleaned_data
    return infusions.stop(
        infusion=doing.infusion,
        infused_volume_ml=values["infused_volume_ml"],
        reason=StopReason(values["reason"]),
        note=values["note"],
        by=doing.by,
        at=doing.at,
    )


@require_POST
@requires(Permission.INFUSION_VIEW, post=Permission.INFUSION_ADMINISTER)
def infusion_not_given(request: HttpRequest, pk: int) -> HttpResponse:
    form = NotGivenForm(request.POST)
    message = _("It is recorded that the infusion will not be given.")
    return _act(request, pk, section="not_given", form=form, act=_not_given, message=message)


def _not_given(doing: Doing) -> object:
    reason = doing.form.cleaned_data["reason"]
    return infusions.not_given(infusion=doing.infusion, reason=reason, by=doing.by, at=doing.at)


def _act(
    request: HttpRequest,
    pk: int,
    *,
    section: str,
    form: forms.Form,
    act: Callable[[Doing], object],
    message: str,
) -> HttpResponse:
    """Valid form, one service call, back to the page; refused, the page says why beside the control that was used."""
    trial = trial_of(request)
    shown = infusion_or_404(trial, pk)
    if not form.is_valid():
        return bedside_page(request, trial, shown, Answered(section, form))
    outcome = attempt(lambda: act(Doing(shown, form, trial.user, trial.at)))
    if outcome.refused:
        # Read again: somebody else may have started or ended it meanwhile.
        return bedside_page(request, trial, infusion_or_404(trial, pk), Answered(section, form, outcome))
    return done(request, message, "infusion", pk)
