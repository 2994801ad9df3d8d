"""What people of a trial try, in whatever order somebody else chooses: by the services, or past them.

What is refused leaves nothing behind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import DatabaseError, connection, transaction

from config.demonstration import bedside
from config.demonstration.people import proof
from dosing.models import Infusion, ProductUnit
from dosing.rules.states import UnitState
from dosing.selectors.guard import decision, infusion_for_guard
from dosing.services import breaches, identity_checks, infusions, lots, pre_dose, quarantines
from dosing.services.breaches import BreachEntry
from enrollment.models import Allocation, Subject
from safety.rules.event_entry import AdverseEventEntry
from safety.rules.states import GateDecision, Relationship
from safety.selectors.holds import lift_page
from safety.services import adverse_events, gate_reviews, manual_holds, resumption
from tests.builders.prepared import allocated, open_cohort
from tests.builders.scenario import TrialScenario
from trial.errors import NotPermitted, RuleViolation, StaleRecord
from trial.models import Cohort, DosingHold
from trial.rules.site_time import site_date
from trial.services.signatures import content_hash

REFUSALS = (RuleViolation, NotPermitted, StaleRecord, DatabaseError)
# More are not enrolled: the walks are about dosing.
FULL = 7


class RandomTrial:
    """``tried``: how often something was done or refused. ``which`` picks one of the rows that there are."""

    def __init__(self, scenario: TrialScenario, tried: Counter[str]) -> None:
        self.scenario, self.tried = scenario, tried

    # ------------------------------------------------------------------------------------------------------- helping

    @property
    def people(self) -> dict[str, Any]:
        return self.scenario.people

    def attempt(self, name: str, act: Callable[[], object]) -> bool:
        """Somebody tries. What is refused leaves nothing behind."""
        try:
            with transaction.atomic():
                act()
        except REFUSALS:
            self.tried[f"{name}: refused"] += 1
            return False
        self.tried[f"{name}: done"] += 1
        return True

    def pick(self, rows: Any, which: int) -> Any:
        """One of the rows; none is no attempt."""
        found = list(rows.order_by("id"))
        return found[which % len(found)] if found else None

    def waiting(self, which: int) -> Infusion | None:
        return self.pick(Infusion.objects.filter(started_at__isnull=True).exclude(state="NOT_GIVEN"), which)

    # -------------------------------------------------------------------------------------------------------- people

    def somebody_enrols(self) -> None:
        if Allocation.objects.count() < FULL:
            self.attempt("enrol", lambda: allocated(self.scenario))

    def time_passes(self, days: int, hours: int) -> None:
        self.scenario.wait(days=days, hours=hours)

    def an_infusion_is_planned(self, which: int) -> None:
        subject = self.pick(Subject.objects.filter(allocation__isnull=False), which)
        if subject is None:
            return
        day = site_date(self.scenario.at, timezone=self.scenario.timezone)
        number = subject.infusions.count() + 1
        self.attempt(
            "plan",
            lambda: infusions.plan(
                subject=subject, number=number, planned_on=day, by=self.people["nurse"], at=self.scenario.at
            ),
        )

    def product_is_handed_out(self, which: int) -> None:
        infusion = self.waiting(which)
        unit = ProductUnit.objects.filter(state="IN_STOCK").order_by("id").first()
        if infusion is not None and unit is not None:
            self.attempt(
                "hand out",
                lambda: bedside.hand_out(
                    unit, infusion.subject, self.people, number=infusion.number, at=self.scenario.at
                ),
            )

    def the_day_is_recorded(self, which: int, weight: str) -> None:
        infusion = self.waiting(which)
        if infusion is not None:
            self.attempt("day", lambda: self._record_day(infusion, weight))

    def _record_day(self, infusion: Infusion, weight: str) -> None:
        entry = pre_dose.DayEntry(
            weight_kg=Decimal(weight),
            weight_measured_at=self.scenario.at - timedelta(hours=1),
            weight_confirmed_note="Weighed twice",
            pregnancy_result=pre_dose.PregnancyResult.NOT_APPLICABLE,
            laboratory_collected_at=self.scenario.at - timedelta(hours=20),
            laboratory_acceptable=True,
        )
        pre_dose.record(infusion=infusion, entry=entry, reason="Again", by=self.people["nurse"], at=self.scenario.at)
        if infusion.number > 1:
            seen = content_hash(pre_dose.signoff_content(infusion))
            pre_dose.sign_off(infusion=infusion, proof=proof(self.people["investigator"], seen), at=self.scenario.at)

    def identity_is_checked(self, which: int, second: str) -> None:
        infusion = self.waiting(which)
        unit = infusion and ProductUnit.objects.filter(assigned_subject=infusion.subject, state="ISSUED").first()
        if infusion is None or unit is None:
            return
        seen = content_hash(identity_checks.identity_content(infusion, unit))
        checked = {"infusion": infusion, "unit": unit, "at": self.scenario.at}
        first, other = proof(self.people["nurse"], seen), proof(self.people[second], seen)
        self.attempt("first check", lambda: identity_checks.identify(proof=first, **checked))
        self.attempt("second check", lambda: identity_checks.verify_identity(proof=other, **checked))

    def one_is_prepared_and_started(self, which: int, meanwhile: str, by_statement: bool) -> None:
        """Everything in order, then something comes between."""
        subject = self.pick(Subject.objects.filter(allocation__isnull=False), which)
        if subject is None:
            return
        number = subject.infusions.filter(started_at__isnull=False).count() + 1
        at, lot = self.scenario.wait(minutes=1), self.scenario.lot
        self.attempt("prepare", lambda: bedside.prepare(subject, self.people, number=number, lot=lot, at=at))
        infusion = subject.infusions.filter(number=number).first()
        if infusion is None:
            return
        self._come_between(meanwhile, infusion, which)
        if by_statement:
            self._start_by_statement(infusion, back_days=0)
        else:
            self._start(infusion, "nurse")

    def _come_between(self, meanwhile: str, infusion: Infusion, which: int) -> None:
        if meanwhile == "a hold":
            self._hold(infusion.subject, "cohort")
        elif meanwhile == "hours":
            self.scenario.wait(hours=3)
        elif meanwhile == "set aside":
            self._set_aside(ProductUnit.objects.filter(assigned_subject=infusion.subject, state="ISSUED").first())
        elif meanwhile == "an event":
            self._report(which, grade=3, relationship=Relationship.PROBABLE)

    # -------------------------------------------------------------------------------------------------------- starts

    def somebody_starts(self, which: int, who: str) -> None:
        infusion = self.waiting(which)
        if infusion is not None:
            self._start(infusion, who)

    def _start(self, infusion: Infusion, who: str) -> None:
        at = self.scenario.at
        reasons = set(decision(infusion_for_guard(infusion.pk), performer=self.people[who], at=at).codes)
        entry = infusions.StartEntry(interval_reason="The ward was closed")
        done = self.attempt(
            "start", lambda: infusions.start(infusion=infusion, entry=entry, by=self.people[who], at=at)
        )
        assert not (done and reasons - {"DOS-INTERVAL-REASON"}), reasons

    def a_statement_starts(self, which: int, back_days: int) -> None:
        """Without any service: the database alone decides."""
        infusion = self.waiting(which)
        if infusion is not None:
            self._start_by_statement(infusion, back_days=back_days)

    def _start_by_statement(self, infusion: Infusion, *, back_days: int) -> None:
        def write() -> None:
            with connection.cursor() as cursor:
                cursor.execute('SELECT set_config(\'stepwise.context\', \'{"actor": "nurse", "act": "attack"}\', true)')
                cursor.execute(
                    "UPDATE dosing_infusion SET state = 'RUNNING', started_at = trial_now() - %s::interval,"
                    " performed_by_id = %s, late_entry_reason = 'x', interval_reason = 'x' WHERE id = %s",
                    [timedelta(days=back_days), self.people["nurse"].pk, infusion.pk],
                )
                cursor.execute(
                    "UPDATE dosing_productunit u SET state = 'INFUSED' FROM dosing_infusion i"
                    " WHERE i.id = %s AND u.id = i.unit_id",
                    [infusion.pk],
                )
            unit = ProductUnit.objects.get(infusions=infusion)
            bedside.custody.record(
                unit=unit, step=bedside.CustodyStep.STARTED, by=self.people["nurse"], at=self.scenario.at
            )

        self.attempt("statement", write)
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('stepwise.context', '', true)")

    def a_breach_is_reported(self, which: int, back_hours: int) -> None:
        infusion, unit = self.waiting(which), self.pick(ProductUnit.objects.exclude(state="INFUSED"), which)
        if infusion is None or unit is None:
            return
        at = self.scenario.at
        entry = BreachEntry(
            started_at=at - timedelta(hours=back_hours),
            unit=unit,
            performed_by=self.people["nurse"],
            reported_by="The ward",
            reason="The network was down",
            weight_kg=Decimal("61.0"),
            viability=Decimal("0.88"),
        )

        def report() -> None:
            seen = content_hash(breaches.breach_of(infusion, entry, at=at).content)
            breaches.record(infusion=infusion, entry=entry, proof=proof(self.people["investigator"], seen), at=at)

        self.attempt("breach", report)

    def a_running_one_ends(self, which: int) -> None:
        infusion = self.pick(Infusion.objects.filter(state="RUNNING"), which)
        if infusion is not None:
            self.scenario.wait(minutes=40)
            self.attempt("end", lambda: bedside.complete(infusion, self.people, at=self.scenario.at))

    # -------------------------------------------------------------------------------------------- safety and product

    def somebody_holds(self, which: int, scope: str) -> None:
        subject = self.pick(Subject.objects.filter(allocation__isnull=False), which)
        if subject is not None:
            self._hold(subject, scope)

    def _hold(self, subject: Subject, scope: str) -> None:
        where: dict[str, Any] = {"subject": subject} if scope == "subject" else {}
        if scope == "cohort":
            where = {"cohort": subject.allocation.slot.cohort}
        self.attempt(
            "hold",
            lambda: manual_holds.place(
                study=self.scenario.study, reason="A question", by=self.people["nurse"], at=self.scenario.at, **where
            ),
        )

    def a_hold_is_lifted(self, which: int) -> None:
        hold = self.pick(DosingHold.objects.filter(lifted_at__isnull=True), which)
        if hold is None:
            return
        for who in ("investigator", "medicalmonitor"):
            self.attempt("lift", lambda who=who: self._sign_lift(hold, who))

    def _sign_lift(self, hold: DosingHold, who: str) -> None:
        signed = proof(self.people[who], lift_page(hold, at=self.scenario.at).content_sha256)
        resumption.sign_lift(hold=hold, rationale="Reviewed", proof=signed, at=self.scenario.at)

    def an_event_is_reported(self, which: int, grade: int, relationship: Relationship) -> None:
        self._report(which, grade=grade, relationship=relationship)

    def _report(self, which: int, *, grade: int, relationship: Relationship) -> None:
        subject = self.pick(Subject.objects.filter(infusions__started_at__isnull=False).distinct(), which)
        if subject is None:
            return
        day = site_date(self.scenario.at, timezone=self.scenario.timezone)
        entry = AdverseEventEntry(
            reported_term="Fever",
            ctcae_term="Fever",
            onset=day.isoformat(),
            aware_at=self.scenario.at,
            grade=grade,
            relationship=relationship,
        )
        self.attempt(
            "event",
            lambda: adverse_events.record(
                subject=subject, entry=entry, by=self.people["investigator"], at=self.scenario.at
            ),
        )

    def the_gate_is_reviewed(self, number: int) -> None:
        """Mostly refused: not ready."""
        cohort = Cohort.objects.get(study=self.scenario.study, number=number)
        self.attempt("gate", lambda: self._decide(cohort))

    def _decide(self, cohort: Cohort) -> None:
        review = gate_reviews.convene(cohort=cohort, by=self.people["investigator"], at=self.scenario.at)
        for who in ("investigator", "medicalmonitor"):
            signed = proof(self.people[who], review.dossier_sha256)
            gate_reviews.vote(
                review=review, decision=GateDecision.PROCEED, rationale="Read", proof=signed, at=self.scenario.at
            )

    def a_signed_decision_opens(self, number: int) -> None:
        """Whatever the gate computes; later doses and events withdraw it by themselves."""
        self.attempt("open", lambda: open_cohort(self.scenario, number=number))

    def a_unit_is_set_aside(self, which: int) -> None:
        self._set_aside(self.pick(ProductUnit.objects.filter(state__in=[UnitState.ASSIGNED, UnitState.ISSUED]), which))

    def _set_aside(self, unit: ProductUnit | None) -> None:
        if unit is not None:
            self.attempt(
                "set aside",
                lambda: quarantines.set_aside(
                    unit=unit, reason="A warm box", by=self.people["pharmacist"], at=self.scenario.at
                ),
            )

    def the_culture_fails(self) -> None:
        """The recipients are held, and nobody receives more of the lot."""
        day = site_date(self.scenario.at, timezone=self.scenario.timezone)
        self.attempt(
            "late test",
            lambda: lots.record_test(
                lot=self.scenario.lot,
                code="STERILITY",
                value=None,
                result="positive",
                tested_on=day,
                by=self.people["pharmacist"],
                at=self.scenario.at,
            ),
        )
