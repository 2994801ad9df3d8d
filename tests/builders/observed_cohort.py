"""Cohorts that were dosed and observed, by driving the real services: visits attended, data endorsed, gate decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from config import tasks
from dosing.models import Infusion
from enrollment.models import Subject
from followup.models import Visit
from followup.rules.states import AdverseEventAnswer
from followup.services import visits
from safety.models import AdverseEvent, GateReview
from safety.rules.event_entry import AdverseEventEntry
from safety.rules.states import GateDecision
from safety.selectors.endorsements import endorsement_page
from safety.selectors.gate import Assessment, assess
from safety.selectors.holds import lift_page
from safety.services import adverse_events, endorsements, gate_reviews, resumption
from tests.builders.scenario import TrialScenario
from trial.models import Cohort, DosingHold, User
from trial.rules.site_time import from_wall_clock, start_of_day
from trial.services.signatures import Proof

SENTINEL_DAYS, STAGGER_DAYS = 14, 7


class ObservedCohort:
    """Cohort 1 of a scenario. ``first`` subjects are dosed at the shortest intervals the protocol allows."""

    def __init__(self, scenario: TrialScenario | None = None) -> None:
        self.scenario = scenario or TrialScenario()
        self.subjects: list[Subject] = []
        self.morning()

    @property
    def at(self) -> datetime:
        return self.scenario.at

    @property
    def people(self) -> dict[str, User]:
        return self.scenario.people

    @property
    def cohort(self) -> Cohort:
        return self.cohort_number(1)

    def cohort_number(self, number: int) -> Cohort:
        return Cohort.objects.select_related("study").get(study=self.scenario.study, number=number)

    def morning(self, *, days: int = 1) -> datetime:
        """Nine in the morning at the site, so many days on."""
        local = self.at.astimezone(start_of_day(self.at.date(), timezone=self.scenario.timezone).tzinfo)
        written = datetime.combine(local.date() + timedelta(days=days), datetime.min.time()).replace(hour=9)
        return self.move_to(from_wall_clock(written, timezone=self.scenario.timezone))

    def move_to(self, instant: datetime) -> datetime:
        step = instant - self.at
        return self.scenario.wait(seconds=step.total_seconds()) if step > timedelta(0) else self.at

    def sweep(self) -> None:
        tasks.run()

    def allocated(self) -> Subject:
        """Consented and allocated yesterday, so that screening ended before the infusion."""
        subject = self.scenario.allocated()
        self.morning()
        return subject

    def dose(self, *, wait_days: int = 0) -> Subject:
        """One more subject of the cohort, dosed ``wait_days`` after now (on whole mornings)."""
        if wait_days > 1:
            self.morning(days=wait_days - 1)
        subject = self.allocated()
        self.scenario.dosed(subject)
        self.subjects.append(subject)
        return subject

    def dosed(self) -> ObservedCohort:
        """All three subjects of cohort 1."""
        for wait in (0, SENTINEL_DAYS, STAGGER_DAYS):
            self.dose(wait_days=wait)
        return self

    def observed(self) -> ObservedCohort:
        """All windows over, all visits of the windows attended without adverse events."""
        self.dosed()
        self.morning(days=29)
        for subject in self.subjects:
            self.attend_all(subject)
        return self

    def endorsed(self) -> ObservedCohort:
        """Everything there: the gate is ready for its review."""
        self.observed()
        for subject in self.subjects:
            self.endorse(subject)
        return self

    def opened(self) -> ObservedCohort:
        """Reviewed and decided: cohort 2 is open."""
        self.endorsed()
        review = self.convene()
        self.vote(review, "investigator")
        self.vote(review, "medicalmonitor")
        return self

    def attend_all(self, subject: Subject, *, but: Sequence[str] = ()) -> None:
        """Every visit whose window has opened, entered afterwards as having taken place at the opening (or closing)."""
        for visit in Visit.objects.filter(subject=subject, state="PLANNED").order_by("sequence"):
            if visit.code not in but and visit.closes_at is not None and (visit.opens_at or visit.closes_at) <= self.at:
                self.attend(visit)

    def attend(self, visit: Visit, *, answer: AdverseEventAnswer = AdverseEventAnswer.NONE) -> Visit:
        consented_at = visit.subject.consents.earliest("given_at").given_at
        done_at = max(visit.opens_at, consented_at) if visit.opens_at else consented_at
        return visits.complete(
            visit=visit,
            done_at=done_at,
            adverse_events_asked=answer,
            note="entered later",
            by=self.people["coordinator"],
            at=self.at,
        )

    def endorse(self, subject: Subject) -> None:
        page = endorsement_page(subject)
        assert page is not None
        endorsements.endorse(subject=subject, proof=self.proof("investigator", page.content_sha256), at=self.at)

    def report(self, subject: Subject, *, onset: str, by: str = "investigator", **fields: object) -> AdverseEvent:
        known: dict[str, object] = {"reported_term": "Headache", "ctcae_term": "Headache", "grade": 1}
        entry = AdverseEventEntry(onset=onset, aware_at=self.at, **(known | fields))  # type: ignore[arg-type]
        return adverse_events.record(subject=subject, entry=entry, by=self.people[by], at=self.at)

    def onset(self, subject: Subject, *, days: int, clock: str = "") -> str:
        """The site day so many days after the subject's first infusion, with a wall clock time where one is given."""
        infusion = Infusion.objects.get(subject=subject, number=1)
        assert infusion.started_at is not None
        zone = start_of_day(infusion.started_at.date(), timezone=self.scenario.timezone).tzinfo
        day = infusion.started_at.astimezone(zone).date() + timedelta(days=days)
        return f"{day}T{clock}" if clock else str(day)

    def assess(self, number: int = 1) -> Assessment:
        return assess(self.cohort_number(number), at=self.at)

    def convene(self) -> GateReview:
        return gate_reviews.convene(cohort=self.cohort, by=self.people["investigator"], at=self.at)

    def vote(self, review: GateReview, who: str, decision: GateDecision = GateDecision.PROCEED) -> GateReview:
        return gate_reviews.vote(
            review=review,
            decision=decision,
            rationale="All windows over; read the dossier.",
            proof=self.proof(who, review.dossier_sha256),
            at=self.at,
        )

    def sign_lift(self, hold: DosingHold, who: str, *, rationale: str = "reviewed by the board") -> DosingHold:
        page = lift_page(hold, at=self.at)
        return resumption.sign_lift(
            hold=hold, rationale=rationale, proof=self.proof(who, page.content_sha256), at=self.at
        )

    def proof(self, who: str, content_sha256: str) -> Proof:
        return Proof(user=self.people[who], method="password", content_sha256=content_sha256)
