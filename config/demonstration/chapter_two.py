"""The story's second chapter, told when a visitor asks for it: cohort 2 opens, and its first infusion is running.

It begins where the visitor stands: what has been done already (signed, allocated, handed out) is not done again, and
what stands against a step is refused here as it is refused to everybody.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from config.demonstration import bedside, identities
from config.demonstration.people import proof
from dosing.models import Infusion, ProductLot
from dosing.rules.states import InfusionState, LotState, UnitState
from enrollment.models import Subject
from enrollment.rules.states import SubjectState
from safety.models import GateReview
from safety.rules.states import GateDecision
from safety.services import gate_reviews
from trial import clock
from trial.errors import RuleViolation
from trial.models import Cohort, CohortClearance, Study, User
from trial.rules.decision import Decision, Reason
from trial.services.demonstration import advance

_COHORT = 2
_RUNNING_FOR = timedelta(minutes=20)
_SOURCE = "House rule: the story of a demonstration"
_GOING_ON = (InfusionState.RUNNING, InfusionState.PAUSED)


def may_tell(study: Study) -> Decision:
    """Every reason against telling it: it has been told, or nobody is there whom it could be told of."""
    cohort_2 = Infusion.objects.filter(subject__study=study, subject__allocation__slot__cohort__number=_COHORT)
    reasons = []
    if cohort_2.filter(state__in=_GOING_ON).exists():
        reasons.append(Reason("STO-TOLD", "An infusion of cohort 2 is running already.", _SOURCE))
    elif _subject(study) is None:
        reasons.append(Reason("STO-NOBODY", "No eligible participant waits for the first infusion.", _SOURCE))
    if _unit_lot(study) is None:
        reasons.append(Reason("STO-PRODUCT", "No released lot has a unit in stock.", _SOURCE))
    return Decision(tuple(reasons))


def tell(study: Study) -> Infusion:
    """The missing signature, allocation, product, both identity checks, and a start twenty minutes ago.

    Signatures say that a demonstration made them. Raises ``RuleViolation``.
    """
    people = {user.username: user for user in User.objects.filter(is_service=False)}
    decision = may_tell(study)
    subject, lot = _subject(study), _unit_lot(study)
    if not decision.allowed or subject is None or lot is None:
        raise RuleViolation(decision)
    with transaction.atomic():
        _sign(study, people)
        if subject.state == SubjectState.ELIGIBLE:
            bedside.allocate(subject, people, at=clock.now())
    # The opening of an identity is a record that outlives whatever follows.
    identities.compare(subject, people, at=clock.now())
    with transaction.atomic():
        prepared = bedside.prepare(subject, people, number=1, lot=lot, at=clock.now())
        bedside.watch_before(prepared, people, at=clock.now())
        running = bedside.start(prepared, people, at=clock.now())
        advance(step=_RUNNING_FOR, by=people["admin"])
        bedside.watch(running, people, at=clock.now())
        return running


def _sign(study: Study, people: dict[str, User]) -> None:
    """The principal investigator's signature, where the review still waits for it."""
    gate = Cohort.objects.get(study=study, number=_COHORT - 1)
    if CohortClearance.objects.filter(cohort__study=study, cohort__number=_COHORT).exists():
        return
    review = GateReview.objects.filter(cohort=gate).order_by("-id").first()
    if review is not None and not review.votes.filter(role="principal_investigator").exists():
        gate_reviews.vote(
            review=review,
            decision=GateDecision.PROCEED,
            rationale="Dossier read; no adverse event in the windows of the three subjects.",
            proof=proof(people["investigator"], review.dossier_sha256),
            at=clock.now(),
        )


def _subject(study: Study) -> Subject | None:
    """Who has a slot of cohort 2 and was not infused yet; otherwise who has waited longest for one."""
    allocated = Subject.objects.filter(
        study=study,
        state=SubjectState.ALLOCATED,
        allocation__slot__cohort__number=_COHORT,
        allocation__vacated_at__isnull=True,
        infusions__isnull=True,
    )
    waiting = Subject.objects.filter(study=study, state=SubjectState.ELIGIBLE)
    return allocated.order_by("id").first() or waiting.order_by("id").first()


def _unit_lot(study: Study) -> ProductLot | None:
    lots = ProductLot.objects.filter(study=study, state=LotState.RELEASED, units__state=UnitState.IN_STOCK)
    return lots.order_by("id").first()
