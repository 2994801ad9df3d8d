"""Work around an infusion: the sign-off before it, alerts and observation after it, the account of its unit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext as _

from dosing.models import CustodyEvent, Infusion, VitalSigns
from dosing.rules.states import NOT_STARTED, CustodyStep, InfusionState, UnitState
from dosing.selectors.infusions import visible_infusions
from dosing.selectors.lots import visible_units
from reports import addresses
from reports.selectors.work_items import WorkGroup, WorkItem, group_of
from trial.edge.context import TrialContext
from trial.rules.site_time import site_date

MOST = 100
_OVER = (InfusionState.COMPLETED.value, InfusionState.STOPPED_EARLY.value)


def infusions_to_sign_off(trial: TrialContext, today: date) -> Iterator[WorkItem]:
    """Later infusions that are planned, after the one before has ended, and carry no sign-off of their own yet.

    Whether a signature still counts on the day is the guard's matter: it says so at the bedside.
    """
    before = Infusion.objects.filter(subject=OuterRef("subject"), number=OuterRef("number") - 1, state__in=_OVER)
    waiting = visible_infusions(trial).filter(
        Exists(before),
        number__gt=1,
        state__in=[state.value for state in NOT_STARTED],
        pre_dose_check__signoff_signature__isnull=True,
    )
    for infusion in waiting.order_by("planned_on", "id")[:MOST]:
        yield WorkItem(
            kind="sign_off",
            title=_("Sign off infusion %(number)s") % {"number": infusion.number},
            subject=infusion.subject.code,
            detail=_("no event since the previous infusion stands against it"),
            due_on=infusion.planned_on,
            group=group_of(infusion.planned_on, today=today),
            url=addresses.sign_off(infusion.pk),
            action=_("Review"),
        )


def alerts_to_answer(trial: TrialContext, today: date) -> Iterator[WorkItem]:
    """Vital signs outside their limits of which nobody has said what was done."""
    corrected = VitalSigns.objects.filter(replaces=OuterRef("pk"))
    waiting = VitalSigns.objects.filter(
        ~Exists(corrected),
        infusion__in=visible_infusions(trial).select_related(None).values("pk"),
        alerts__len__gt=0,
        answer__isnull=True,
    )
    for entry in waiting.select_related("infusion__subject").order_by("taken_at", "id")[:MOST]:
        yield WorkItem(
            kind="alert",
            title=_("Answer the alert of infusion %(number)s") % {"number": entry.infusion.number},
            subject=entry.infusion.subject.code,
            detail=_("vital signs outside their limits"),
            due_on=None,
            group=WorkGroup.TODAY,
            url=addresses.infusion(entry.infusion_id),
            action=_("Open bedside page"),
        )


def observations_to_end(trial: TrialContext, today: date) -> Iterator[WorkItem]:
    """Infusions that are over, while the observation on their day is not."""
    waiting = visible_infusions(trial).filter(state__in=_OVER, ended_at__isnull=False, observation_ended_at=None)
    for infusion in waiting.order_by("ended_at", "id")[:MOST]:
        day = site_date(infusion.ended_at or trial.at, timezone=infusion.subject.site.timezone)
        yield WorkItem(
            kind="observation",
            title=_("Observe after infusion %(number)s") % {"number": infusion.number},
            subject=infusion.subject.code,
            detail=_("vital signs until the series is over"),
            due_on=day,
            group=group_of(day, today=today),
            url=addresses.infusion(infusion.pk),
            action=_("Open bedside page"),
        )


def units_to_account_for(trial: TrialContext, today: date) -> Iterator[WorkItem]:
    """Units that went into an infusion that is over, while their account is still open."""
    closed = CustodyEvent.objects.filter(unit=OuterRef("pk"), step=CustodyStep.RECONCILED)
    units = visible_units(trial).filter(~Exists(closed), state=UnitState.INFUSED, infusions__state__in=_OVER)
    for unit in units.annotate(ended_at=F("infusions__ended_at")).order_by("ended_at", "pk")[:MOST]:
        yield WorkItem(
            kind="account",
            title=_("Close the account of unit %(unit)s") % {"unit": str(unit)},
            subject=getattr(unit, "subject_code", None) or "",
            detail=_("infused; what is left is returned, destroyed or explained"),
            due_on=None,
            group=WorkGroup.TODAY,
            url=addresses.unit(unit.pk),
            action=_("Open unit"),
        )
