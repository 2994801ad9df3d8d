"""What a story needs to know of the trial: days on the site's calendar, times on its clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from config.demonstration import bedside
from config.demonstration.people import proof
from dosing.models import Infusion, ProductLot
from enrollment.models import Subject
from safety.models import GateReview
from safety.rules.states import GateDecision
from safety.services import gate_reviews
from trial import clock
from trial.models import Site, User
from trial.rules.site_time import at_site, site_date


def zone() -> str:
    return Site.objects.order_by("pk")[0].timezone


def first_infusion_day(code: str) -> str:
    started = Infusion.objects.get(subject__code=code, number=1).started_at
    return site_date(started, timezone=zone()).isoformat()


def now_at_site(ago: timedelta = timedelta(0)) -> datetime:
    """The trial's time as the clock on the ward shows it."""
    return at_site(clock.now() - ago, timezone=zone())


def typed(at: datetime) -> str:
    """As a person types it into a field for date and time."""
    return f"{at:%Y-%m-%dT%H:%M}"


def dosed_in_cohort_2() -> str:
    """The story a little further, told by the services: PROCEED is signed, the subject who waited is dosed today."""
    people = {user.username: user for user in User.objects.all()}
    review = GateReview.objects.get()
    gate_reviews.vote(
        review=review,
        decision=GateDecision.PROCEED,
        rationale="Dossier read; no event in the windows.",
        proof=proof(people["investigator"], review.dossier_sha256),
        at=clock.now(),
    )
    waiting = Subject.objects.get(state="ELIGIBLE")
    bedside.allocate(waiting, people, at=clock.now())
    lot = ProductLot.objects.get(state="RELEASED")
    infusion = bedside.prepare(waiting, people, number=1, lot=lot, at=clock.now())
    bedside.complete(bedside.start(infusion, people, at=clock.now()), people, at=clock.now())
    return waiting.code
