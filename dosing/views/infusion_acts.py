"""The acts that start, interrupt and end an infusion: one service call each."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dosing.forms.infusion import CompleteForm, LateStartForm, NotGivenForm, PauseForm, StartForm, StopForm
from dosing.rules.states import NotGivenBecause, PauseReason, StopReason
from dosing.services import infusion_course, infusions, observation
from dosing.views.bedside_acting import Doing, act_at_bedside
from trial.edge.declared import requires
from trial.permissions import Permission


@require_POST
@requires(Permission.INFUSION_VIEW, post=Permission.INFUSION_ADMINISTER)
def infusion_start(request: HttpRequest, pk: int) -> HttpResponse:
    """Pressed twice, the second answer says who has started it already."""
    form = StartForm(request.POST, overdue="interval_reason" in request.POST)
    return act_at_bedside(request, pk, section="start", form=form, act=_start_now, message=_("The infusion runs."))


def _start_now(doing: Doing) -> object:
    entry = doing.form.entry(waited=doing.at - doing.pressed_at)
    return infusions.start(infusion=doing.infusion, entry=entry, by=doing.by, at=doing.at)


@require_POST
@requires(Permission.INFUSION_VIEW, post=Permission.INFUSION_ADMINISTER)
def infusion_start_late(request: HttpRequest, pk: int) -> HttpResponse:
    form = LateStartForm(request.POST)
    return act_at_bedside(request, pk, section="late", form=form, act=_start_late, message=_("The start is recorded."))


def _start_late(doing: Doing) -> object:
    entry = doing.form.entry(timezone=doing.zone)
    return infusions.start(infusion=doing.infusion, entry=entry, by=doing.by, at=doing.at)


@require_POST
@requires(Permission.INFUSION_VIEW, post=Permission.INFUSION_ADMINISTER)
def infusion_pause(request: HttpRequest, pk: int) -> HttpResponse:
    form = PauseForm(request.POST)
    return act_at_bedside(request, pk, section="pause", form=form, act=_pause, message=_("The infusion is paused."))


def _pause(doing: Doing) -> object:
    values = doing.form.cleaned_data
    return infusion_course.pause(
        infusion=doing.infusion,
        reason=PauseReason(values["reason"]),
        note=values["note"],
        by=doing.by,
        at=doing.at,
        happened_at=doing.happened_at,
    )


@require_POST
@requires(Permission.INFUSION_VIEW, post=Permission.INFUSION_ADMINISTER)
def infusion_resume(request: HttpRequest, pk: int) -> HttpResponse:
    form = forms.Form(request.POST)
    return act_at_bedside(request, pk, section="run", form=form, act=_resume, message=_("The infusion runs again."))


def _resume(doing: Doing) -> object:
    return infusion_course.resume(infusion=doing.infusion, by=doing.by, at=doing.at, happened_at=doing.happened_at)


@require_POST
@requires(Permission.INFUSION_VIEW, post=Permission.INFUSION_ADMINISTER)
def infusion_complete(request: HttpRequest, pk: int) -> HttpResponse:
    form = CompleteForm(request.POST)
    message = _("The infusion is completed.")
    return act_at_bedside(request, pk, section="complete", form=form, act=_complete, message=message)


def _complete(doing: Doing) -> object:
    return infusion_course.complete(
        infusion=doing.infusion,
        volumes=doing.form.volumes(),
        by=doing.by,
        at=doing.at,
        happened_at=doing.happened_at,
    )


@require_POST
@requires(Permission.INFUSION_VIEW, post=Permission.INFUSION_ADMINISTER)
def infusion_stop(request: HttpRequest, pk: int) -> HttpResponse:
    form = StopForm(request.POST)
    return act_at_bedside(request, pk, section="stop", form=form, act=_stop, message=_("The infusion was stopped."))


def _stop(doing: Doing) -> object:
    values = doing.form.cleaned_data
    return infusion_course.stop(
        infusion=doing.infusion,
        volumes=doing.form.volumes(),
        reason=StopReason(values["reason"]),
        note=values["note"],
        by=doing.by,
        at=doing.at,
        happened_at=doing.happened_at,
    )


@require_POST
@requires(Permission.INFUSION_VIEW, post=Permission.INFUSION_ADMINISTER)
def infusion_not_given(request: HttpRequest, pk: int) -> HttpResponse:
    form = NotGivenForm(request.POST)
    message = _("It is recorded that the infusion will not be given.")
    return act_at_bedside(request, pk, section="not_given", form=form, act=_not_given, message=message)


def _not_given(doing: Doing) -> object:
    values = doing.form.cleaned_data
    return infusions.not_given(
        infusion=doing.infusion,
        because=NotGivenBecause(values["because"]),
        reason=values["reason"],
        by=doing.by,
        at=doing.at,
    )


@require_POST
@requires(Permission.INFUSION_VIEW, post=Permission.INFUSION_ADMINISTER)
def infusion_observed(request: HttpRequest, pk: int) -> HttpResponse:
    form = forms.Form(request.POST)
    message = _("The end of the observation is recorded.")
    return act_at_bedside(request, pk, section="observation", form=form, act=_observed, message=message)


def _observed(doing: Doing) -> object:
    return observation.end(infusion=doing.infusion, by=doing.by, at=doing.at, happened_at=doing.happened_at)


@require_POST
@requires(Permission.INFUSION_VIEW, post=Permission.INFUSION_ADMINISTER)
def infusion_discharge(request: HttpRequest, pk: int) -> HttpResponse:
    form = forms.Form(request.POST)
    message = _("The discharge is recorded.")
    return act_at_bedside(request, pk, section="observation", form=form, act=_discharge, message=message)


def _discharge(doing: Doing) -> object:
    return observation.discharge(infusion=doing.infusion, by=doing.by, at=doing.at, happened_at=doing.happened_at)
