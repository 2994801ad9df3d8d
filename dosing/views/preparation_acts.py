"""The acts before the start: facts of the day, preparation, premedication, and the two signatures over the identity."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dosing.forms.day import DayForm
from dosing.forms.identity import IdentityForm
from dosing.forms.preparation import PremedicationForm, PreparationForm, VoidForm
from dosing.models import Infusion, Premedication, ProductUnit
from dosing.selectors.bedside import unit_meant, unit_of_code
from dosing.selectors.infusions import infusion_or_404
from dosing.services import identity_checks, pre_dose, premedication, preparation
from dosing.views.answering import attempt_for_another, done, see
from dosing.views.bedside import Answered, bedside_page
from dosing.views.bedside_acting import Doing, act_at_bedside
from dosing.views.bedside_before import identity_form
from trial.edge.acting import Outcome
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import requires
from trial.permissions import Permission


@require_POST
@requires(Permission.INFUSION_VIEW, post=Permission.INFUSION_PREPARE)
def infusion_day(request: HttpRequest, pk: int) -> HttpResponse:
    zone = infusion_or_404(trial_of(request), pk).subject.site.timezone
    form = DayForm(request.POST, check=None, timezone=zone)
    message = _("The facts of the day are recorded.")
    return act_at_bedside(request, pk, section="day", form=form, act=_record_day, message=message)


def _record_day(doing: Doing) -> object:
    reason = doing.form.cleaned_data["reason"]
    return pre_dose.record(infusion=doing.infusion, entry=doing.form.entry(), reason=reason, by=doing.by, at=doing.at)


@require_POST
@requires(Permission.INFUSION_VIEW, post=Permission.INFUSION_PREPARE)
def infusion_prepare(request: HttpRequest, pk: int) -> HttpResponse:
    form = PreparationForm(request.POST, infusion=infusion_or_404(trial_of(request), pk))
    message = _("The preparation is recorded.")
    return act_at_bedside(request, pk, section="prepare", form=form, act=_prepare, message=message)


def _prepare(doing: Doing) -> object:
    reason = doing.form.cleaned_data["reason"]
    return preparation.prepare(
        infusion=doing.infusion, entry=doing.form.entry(), reason=reason, by=doing.by, at=doing.at
    )


@require_POST
@requires(Permission.INFUSION_VIEW, post=Permission.INFUSION_PREPARE)
def premedication_give(request: HttpRequest, pk: int) -> HttpResponse:
    form = PremedicationForm(request.POST)
    message = _("The drug is recorded.")
    return act_at_bedside(request, pk, section="premedication", form=form, act=_give, message=message)


def _give(doing: Doing) -> object:
    drug = doing.form.drug_given(timezone=doing.zone)
    return premedication.give(infusion=doing.infusion, drug=drug, by=doing.by, at=doing.at)


@require_POST
@requires(Permission.INFUSION_VIEW, post=Permission.INFUSION_PREPARE)
def premedication_void(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    shown = infusion_or_404(trial_of(request), pk)
    given = get_object_or_404(Premedication.objects.select_related("infusion__subject__study"), pk=row, infusion=shown)

    def void(doing: Doing) -> object:
        reason = doing.form.cleaned_data["reason"]
        return premedication.void(premedication=given, reason=reason, by=doing.by, at=doing.at)

    form = VoidForm(request.POST, row=row)
    return act_at_bedside(request, pk, section="void", form=form, act=void, message=_("The entry is void."), about=row)


@require_POST
@requires(Permission.INFUSION_VIEW)
def infusion_identify(request: HttpRequest, pk: int) -> HttpResponse:
    """Who infuses checks and signs first. Whoever is signed in, it is the signer's permission that counts."""
    return _sign(request, pk, first=True)


@require_POST
@requires(Permission.INFUSION_VIEW)
def infusion_verify(request: HttpRequest, pk: int) -> HttpResponse:
    """The second person signs with name and password on the screen of the first: their permission is what counts."""
    return _sign(request, pk, first=False)


def _sign(request: HttpRequest, pk: int, *, first: bool) -> HttpResponse:
    trial = trial_of(request)
    shown = infusion_or_404(trial, pk)
    section = "first" if first else "identity"
    meant = unit_meant(shown)
    if meant is None:
        return see("infusion", pk)
    form = identity_form(shown, meant, request.POST, first=first)
    unit = _unit_at_hand(shown, meant, form) if form.is_valid() else None
    if unit is None:
        return bedside_page(request, trial, shown, Answered(section, form))
    outcome = _outcome(request, trial, shown, unit, form, first=first)
    if outcome.refused:
        return bedside_page(request, trial, infusion_or_404(trial, pk), Answered(section, None, outcome))
    message = _("You have checked and signed: now the second person.") if first else _("Both people have signed.")
    return done(request, message, "infusion", pk)


def _unit_at_hand(infusion: Infusion, meant: ProductUnit, form: IdentityForm) -> ProductUnit | None:
    """The unit whose code was scanned; an unreadable or unknown code is an error at its field."""
    written = form.cleaned_data["unit_code"]
    found = unit_of_code(infusion, written) if written.strip() else meant
    if found is None:
        form.add_error("unit_code", _("No unit of this study has this code. Scan the label again."))
    return found


def _outcome(
    request: HttpRequest, trial: TrialContext, shown: Infusion, unit: ProductUnit, form: IdentityForm, *, first: bool
) -> Outcome[object]:
    act = identity_checks.identify if first else identity_checks.verify_identity
    return attempt_for_another(
        lambda: act(infusion=shown, unit=unit, proof=form.proof(request, expected=None), at=trial.at)
    )
