"""A pregnancy is reported: it is no adverse event by itself, and it holds the participant's further infusions."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from dosing.forms.pregnancy import PregnancyForm
from dosing.services import pregnancies
from dosing.views.answering import done, subject_crumbs
from enrollment.selectors.subjects import subject_or_404
from trial.edge.acting import Outcome, attempt
from trial.edge.context import trial_of
from trial.edge.declared import requires
from trial.models import DosingHold
from trial.permissions import Permission
from trial.rules.site_time import site_date


@requires(Permission.INFUSION_VIEW, post=Permission.HOLD_PLACE)
def pregnancy_report(request: HttpRequest, code: str) -> HttpResponse:
    trial = trial_of(request)
    subject = subject_or_404(trial, code=code)
    today = site_date(trial.at, timezone=subject.site.timezone)
    form = PregnancyForm(request.POST or None, initial={"known_on": today})
    outcome: Outcome[DosingHold] = Outcome(None)
    if request.method == "POST" and form.is_valid():
        outcome = attempt(lambda: pregnancies.report(subject=subject, report=form.report(), by=trial.user, at=trial.at))
        if not outcome.refused:
            return done(request, _("The pregnancy is reported. Dosing of the participant is held."), "subject", code)
    context = {
        "subject": subject,
        "form": form,
        "blocked": trial.check(Permission.HOLD_PLACE, site=subject.site).reasons,
        "reasons": outcome.reasons,
        "breadcrumbs": subject_crumbs(subject.code, _("Report a pregnancy")),
    }
    return render(request, "dosing/pregnancy.html", context, status=outcome.status)
