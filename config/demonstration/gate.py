"""The end of the story: data endorsed, the review convened, one signature given, one missing."""

from __future__ import annotations

from datetime import datetime

from config.demonstration.people import proof
from enrollment.models import Subject
from safety.rules.states import GateDecision
from safety.selectors.endorsements import endorsement_page
from safety.services import endorsements, gate_reviews
from trial.models import Cohort, Study, User

People = dict[str, User]


def endorse(study: Study, people: People, *, at: datetime) -> None:
    """The principal investigator endorses the data of every dosed subject."""
    for subject in Subject.objects.filter(study=study, infusions__started_at__isnull=False).distinct().order_by("code"):
        page = endorsement_page(subject)
        if page is not None:
            endorsements.endorse(subject=subject, proof=proof(people["investigator"], page.content_sha256), at=at)


def convene_and_vote(cohort: Cohort, people: People, *, at: datetime) -> None:
    """The medical monitor votes PROCEED; the principal investigator has not signed yet."""
    review = gate_reviews.convene(cohort=cohort, by=people["medicalmonitor"], at=at)
    gate_reviews.vote(
        review=review,
        decision=GateDecision.PROCEED,
        rationale="No adverse event in the observation window of the three subjects; data complete and endorsed.",
        proof=proof(people["medicalmonitor"], review.dossier_sha256),
        at=at,
    )
