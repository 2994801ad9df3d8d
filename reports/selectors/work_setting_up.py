"""Work on the set-up of the trial: sites to activate, training to renew."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from reports.selectors.work_items import WorkGroup, WorkItem, group_of
from trial.edge.context import TrialContext
from trial.models import Delegation, Site

MOST = 100
# Long enough before training ends to have it renewed in time.
_TRAINING_AHEAD = timedelta(days=30)


def sites_to_activate(trial: TrialContext, today: date) -> Iterator[WorkItem]:
    active = Q(activations__protocol_version=trial.protocol_version)
    for site in Site.objects.filter(study=trial.study).exclude(active).order_by("code")[:MOST]:
        yield WorkItem(
            kind="activation",
            title=_("Enter the approvals of site %(site)s") % {"site": site.code},
            subject="",
            detail=site.name,
            due_on=None,
            group=WorkGroup.TODAY,
            url=reverse("site-activation", args=[site.code]),
            action=_("Enter approvals"),
        )


def trainings_to_renew(trial: TrialContext, today: date) -> Iterator[WorkItem]:
    lines = Delegation.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=today),
        study=trial.study,
        signature__isnull=False,
        revoked_on__isnull=True,
        training_valid_until__lte=today + _TRAINING_AHEAD,
        user__is_active=True,
    ).select_related("user")
    for line in lines.order_by("training_valid_until", "id")[:MOST]:
        yield WorkItem(
            kind="training",
            title=_("Training of %(name)s ends") % {"name": line.user.printed_name},
            subject="",
            detail=_("a new line of the delegation log follows the renewed training"),
            due_on=line.training_valid_until,
            group=group_of(line.training_valid_until, today=today),
            url=reverse("delegation-add"),
            action=_("Delegate again"),
        )
