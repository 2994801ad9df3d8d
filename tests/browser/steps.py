"""What a story needs to know of the trial: days on the site's calendar, times on its clock."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from psycopg2.extensions import connection as Connection  # noqa: N812

from config.demonstration import bedside
from config.demonstration.participants import eligible_man
from config.demonstration.people import proof
from dosing.models import Infusion, ProductUnit
from dosing.services import infusions
from enrollment.models import ConsentVersion, Subject
from safety.models import GateReview
from safety.rules.event_entry import AdverseEventEntry
from safety.rules.states import GateDecision, Relationship
from safety.services import adverse_events, gate_reviews
from trial import clock
from trial.demonstration import PASSWORD
from trial.models import ProtocolVersion, Site, Study, User
from trial.protocol.schema import ReleaseCriterion
from trial.rules.roles import Role
from trial.rules.site_time import at_site, site_date
from trial.services import people as accounts


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


def people() -> dict[str, User]:
    return {user.username: user for user in User.objects.all()}


def allocated_to_cohort_2() -> str:
    """The story a little further, told by the services: PROCEED is signed, the subject who waited has C2-1."""
    review = GateReview.objects.get()
    gate_reviews.vote(
        review=review,
        decision=GateDecision.PROCEED,
        rationale="Dossier read; no event in the windows.",
        proof=proof(people()["investigator"], review.dossier_sha256),
        at=clock.now(),
    )
    waiting = Subject.objects.get(state="ELIGIBLE")
    bedside.allocate(waiting, people(), at=clock.now())
    return waiting.code


def prepared_for(code: str) -> Infusion:
    """The first infusion, planned for today, unit issued, facts of the day recorded: only the check is missing."""
    subject, at = Subject.objects.get(code=code), clock.now()
    nurse = people()["nurse"]
    today = site_date(at, timezone=zone())
    infusion = infusions.plan(subject=subject, number=1, planned_on=today, by=nurse, at=at)
    unit = ProductUnit.objects.filter(lot__state="RELEASED", state="IN_STOCK").order_by("number")[0]
    bedside.hand_out(unit, subject, people(), number=1, at=at)
    bedside.record_day(infusion, people(), at=at)
    return infusion


def dosed_in_cohort_2() -> str:
    code = allocated_to_cohort_2()
    infusion = prepared_for(code)
    unit = ProductUnit.objects.get(assigned_subject__code=code)
    bedside.verify(infusion, unit, people(), at=clock.now())
    infusion = Infusion.objects.get(pk=infusion.pk)
    bedside.complete(bedside.start(infusion, people(), at=clock.now()), people(), at=clock.now())
    return code


def somebody_at_another_site(owner: Connection, *, username: str, role: Role) -> None:
    """A second hospital of the study, and one person who works there and nowhere else. ``owner``: sites are loaded."""
    study, at = Study.objects.get(), clock.now()
    with owner, owner.cursor() as cursor:
        context = json.dumps({"actor": "owner", "act": "studies.load"})
        cursor.execute("SELECT set_config('stepwise.context', %s, true)", [context])
        cursor.execute(
            "INSERT INTO trial_site (study_id, code, name, timezone, subject_code_prefix)"
            " VALUES (%s, 'TWO', 'Second hospital', %s, 'TWO-')",
            [study.pk, zone()],
        )
    admin = people()["admin"]
    newcomer = accounts.create_account(
        username=username,
        printed_name="Somebody Elsewhere",
        email="",
        password=PASSWORD,
        study=study,
        by=admin,
        at=at,
    )
    accounts.add_membership(
        user=newcomer,
        study=study,
        site=Site.objects.get(code="TWO"),
        role=role,
        valid_from=site_date(at, timezone=zone()),
        by=admin,
        at=at,
    )


def eligible_subjects(count: int) -> list[str]:
    """More participants, consented, screened and signed today."""
    study, codes = Study.objects.get(), []
    version = ConsentVersion.objects.latest("approved_on")
    for _each in range(count):
        at = clock.now()
        subject = bedside.register(study, people(), version=version, at=at)
        bedside.enter_facts(subject, people(), facts=eligible_man(site_date(at, timezone=zone())), at=at)
        bedside.sign_eligibility(subject, people(), at=at)
        codes.append(subject.code)
    return codes


def late_event_of_subject_2() -> None:
    """A headache inside the observation window, told by the services."""
    entry = AdverseEventEntry(
        reported_term="Headache",
        ctcae_term="Headache",
        onset=first_infusion_day("CMUH-002"),
        aware_at=clock.now(),
        grade=1,
        relationship=Relationship.UNRELATED,
    )
    adverse_events.record(
        subject=Subject.objects.get(code="CMUH-002"), entry=entry, by=people()["investigator"], at=clock.now()
    )


def release_criteria() -> list[ReleaseCriterion]:
    """What has to be measured before a lot is released; late results follow."""
    definition = ProtocolVersion.objects.get(state="ACTIVE").definition
    return [criterion for criterion in definition.product.release_criteria if not criterion.late]


def passing_value(criterion: ReleaseCriterion) -> str:
    """On the safe side of the limit; empty for a test whose result is a word."""
    limit = criterion.minimum if criterion.minimum is not None else criterion.maximum
    return "" if limit is None else str(limit)
