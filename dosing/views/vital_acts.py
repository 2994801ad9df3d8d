"""The acts around the vital signs, and the look whether somebody else has changed something meanwhile."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dosing.forms.vital_signs import AnswerAlertForm, CorrectVitalSignsForm, NotDoneForm, VitalSignsForm
from dosing.models import Infusion, VitalSigns
from dosing.rules.states import AlertAction
from dosing.selectors.infusions import infusion_or_404
from dosing.selectors.series import plan_of
from dosing.selectors.stamp import stamp_of
from dosing.services import vital_signs
from dosing.views.bedside_acting import Doing, act_at_bedside
from trial.edge.context import trial_of
from trial.edge.declared import requires
from trial.permissions import Permission


@require_POST
@requires(Permission.INFUSION_VIEW, post=Permission.INFUSION_ADMINISTER)
def vitals_record(request: HttpRequest, pk: int) -> HttpResponse:
    form = VitalSignsForm(request.POST, plan=plan_of(infusion_or_404(trial_of(request), pk)))
    message = _("The vital signs are recorded.")
    return act_at_bedside(request, pk, section="vitals", form=form, act=_record, message=message)


def _record(doing: Doing) -> object:
    entry = doing.form.entry(now=doing.pressed_at, timezone=doing.zone)
    return vital_signs.record(infusion=doing.infusion, entry=entry, by=doing.by, at=doing.at)


@require_POST
@requires(Permission.INFUSION_VIEW, post=Permission.INFUSION_ADMINISTER)
def vitals_not_done(request: HttpRequest, pk: int) -> HttpResponse:
    message = _("It is recorded why they were not taken.")
    return act_at_bedside(
        request, pk, section="not_done", form=NotDoneForm(request.POST), act=_not_done, message=message
    )


def _not_done(doing: Doing) -> object:
    return vital_signs.record(infusion=doing.infusion, entry=doing.form.entry(), by=doing.by, at=doing.at)


@require_POST
@requires(Permission.INFUSION_VIEW, post=Permission.INFUSION_ADMINISTER)
def vitals_correct(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    entry = _entry(request, pk, row)
    zone = entry.infusion.subject.site.timezone
    form = CorrectVitalSignsForm(request.POST, plan=plan_of(entry.infusion), entry=entry, timezone=zone)

    def correct(doing: Doing) -> object:
        return vital_signs.correct(
            entry=entry,
            corrected=doing.form.entry(now=doing.pressed_at, timezone=doing.zone),
            reason=doing.form.cleaned_data["reason"],
            by=doing.by,
            at=doing.at,
        )

    message = _("The entry is corrected; the earlier one stays readable.")
    return act_at_bedside(request, pk, section="correct", form=form, act=correct, message=message, about=row)


@require_POST
@requires(Permission.INFUSION_VIEW, post=Permission.INFUSION_ADMINISTER)
def vitals_answer(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    entry = _entry(request, pk, row)

    def answer(doing: Doing) -> object:
        values = doing.form.cleaned_data
        return vital_signs.answer(
            entry=entry, action=AlertAction(values["action"]), note=values["note"], by=doing.by, at=doing.at
        )

    form = AnswerAlertForm(request.POST, auto_id=f"answer-{row}-%s")
    message = _("The answer to the alert is recorded.")
    return act_at_bedside(request, pk, section="answer", form=form, act=answer, message=message, about=row)


@require_GET
@requires(Permission.INFUSION_VIEW)
def infusion_changed(request: HttpRequest, pk: int) -> HttpResponse:
    """Asked by the page again and again: nothing (204) while it shows what is, else that it does not any more."""
    shown: Infusion = infusion_or_404(trial_of(request), pk)
    if request.GET.get("seen") == stamp_of(shown.pk):
        return HttpResponse(status=204)
    return render(request, "dosing/_changed.html", {"infusion": shown})


def _entry(request: HttpRequest, pk: int, row: int) -> VitalSigns:
    shown = infusion_or_404(trial_of(request), pk)
    rows = VitalSigns.objects.select_related("infusion__subject__study", "infusion__subject__site")
    return get_object_or_404(rows.select_related("infusion__subject__protocol_version"), pk=row, infusion=shown)
