"""What is known of a participant who may be lost: when they were seen last, and every loss so far."""

from __future__ import annotations

from django.db.models import Max

from dosing.models import Infusion
from enrollment.models import Subject
from enrollment.rules.states import SubjectState
from followup.models import LossToFollowUp, Visit
from followup.rules.losses import LossFacts
from followup.rules.states import VisitState
from trial.rules.site_time import site_date


def loss_facts(subject: Subject) -> LossFacts:
    """``subject`` comes with its site. Two queries."""
    zone = subject.site.timezone
    infused_at = Infusion.objects.filter(subject=subject).aggregate(latest=Max("started_at"))["latest"]
    visited_at = Visit.objects.filter(subject=subject, state=VisitState.DONE).aggregate(latest=Max("done_at"))["latest"]
    seen = [at for at in (infused_at, visited_at) if at is not None]
    return LossFacts(
        state=SubjectState(subject.state),
        registered_on=site_date(subject.registered_at, timezone=zone),
        last_seen_on=site_date(max(seen), timezone=zone) if seen else None,
        lost_on=subject.lost_on,
    )


def losses_of(subject: Subject) -> tuple[LossToFollowUp, ...]:
    """The latest first; of people their names only. One query."""
    return tuple(subject.losses.select_related("recorded_by", "found_by"))
