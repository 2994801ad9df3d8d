"""The story of the demonstration trial, told by driving the real services while the demonstration clock moves forward.

Cohort 1 is dosed and observed; its gate is reviewed and one signature short of opening cohort 2. One participant gave
the slot back before the first infusion and was replaced. Behind it screening goes on: one failure, one who failed, was
screened again and waits for cohort 2, one pending with a missing result, one who refused. A new consent form is being
signed again. One adverse event lies outside its window, one visit is overdue. Days count from the end of the story,
site-local, at nine in the morning unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from config import tasks
from config.demonstration import bedside, identities, participants, pharmacy
from config.demonstration.gate import convene_and_vote, endorse
from config.demonstration.observation import attend, report_cold
from config.demonstration.people import delegate_tasks, make_accounts, new_consent_form, open_site
from dosing.models import Infusion, ProductLot
from enrollment.models import ConsentVersion, Subject
from enrollment.selectors.eligibility import current_screening
from enrollment.services import attempts, screenings
from trial import clock
from trial.models import Cohort, Study, User
from trial.rules.site_time import from_wall_clock, site_date
from trial.services.demonstration import advance
from trial.services.studies import service_user

LENGTH_DAYS = 128
"""How long before its end the story begins; the clock of a new demonstration starts a little before that."""


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """Something that happens ``day`` days before the end of the story (0), at a time of day at the site."""

    day: int
    at: time
    act: Callable[[], object] = field(compare=False)


class Story:
    """One telling. Steps are planned in the order in which one thinks of them, and happen in the order of time."""

    def __init__(self, *, ends_on: date) -> None:
        self.study = Study.objects.get()
        self.zone = self.study.sites.get().timezone
        self.ends_on = ends_on
        self.people: dict[str, User] = {}
        self.subjects: dict[str, Subject] = {}
        self.infusions: dict[str, Infusion] = {}
        self.version: ConsentVersion | None = None
        self.lot: ProductLot | None = None
        self._steps: list[Step] = []

    def tell(self) -> None:
        self._opening()
        self._cohort_one()
        self._replacement()
        self._new_consent_form()
        self._screening_behind()
        self._gate()
        for step in sorted(self._steps):
            self._move_to(step.day, step.at)
            step.act()
        self._move_to(0, time(8, 30))
        tasks.run()

    # ------------------------------------------------------------------------------------------------ chapters

    def _opening(self) -> None:
        self._on(-127, self._found, at=time(8))
        self._on(-126, self._receive_product)
        self._on(-125, self._reject_a_lot, at=time(15))
        self._on(-113, self._culture_is_in, at=time(14, 10))

    def _found(self) -> None:
        at = clock.now()
        self.people = make_accounts(self.study, at=at)
        delegate_tasks(self.study, self.people, at=at)
        self.version = open_site(self.study, self.people, at=at)

    def _receive_product(self) -> None:
        at = clock.now()
        lot = bedside.receive_lot(self.study, self.people, number="ADSC-2401", at=at, units_of_lot=12)
        bedside.test_lot(self.study, self.people, lot, at=at)
        pharmacy.store_lot(lot, self.people, at=at)
        self.lot = bedside.release_lot(self.people, lot, at=at)

    def _reject_a_lot(self) -> None:
        lot = bedside.receive_lot(self.study, self.people, number="ADSC-2400", at=clock.now(), units_of_lot=2)
        pharmacy.reject_for_mycoplasma(lot, self.people, at=clock.now())

    def _culture_is_in(self) -> None:
        if self.lot is not None:
            pharmacy.culture(self.lot, self.people, result="negative", at=clock.now())

    def _cohort_one(self) -> None:
        """Subject 1 long ago (its month-3 visit is overdue now), subjects 2 and 3 a week apart."""
        self._dosed_subject("S1", consent=-122, infusion=-110, facts=participants.eligible_woman)
        self._dosed_subject("S2", consent=-81, infusion=-67, facts=participants.eligible_man)
        self._dosed_subject("S3", consent=-46, infusion=-32, facts=participants.eligible_woman)
        self._on(-67, lambda: self._interrupt("S2"), at=time(9, 20))
        for name, day in (("S1", -109), ("S2", -66)):
            self._on(day, lambda name=name: self._account_for(name), at=time(11))  # type: ignore[misc]  # bound now
        self._on(-18, lambda: self._event_outside_the_window("S2"), at=time(14, 20))

    def _dosed_subject(
        self, name: str, *, consent: int, infusion: int, facts: Callable[[date], participants.Facts]
    ) -> None:
        self._on(consent, lambda: self._consent(name))
        self._on(consent, lambda: self._attend(name, "SCR"), at=time(11))
        self._on(consent + 4, lambda: self._screen(name, facts))
        self._on(consent + 5, lambda: self._sign_and_allocate(name), at=time(10, 30))
        self._on(infusion - 2, lambda: self._attend(name, "BASE"))
        self._on(infusion, lambda: self._infuse(name))
        self._on(infusion, lambda: self._end_infusion(name), at=time(9, 45))
        self._on(infusion, lambda: self._end_observation(name), at=time(15, 50))
        self._on(infusion + 1, lambda: self._discharge(name), at=time(9, 30))
        self._on(infusion, lambda: self._attend(name, "I1D0"), at=time(16))
        for code, days in (("I1D1", 1), ("I1D7", 7), ("I1D14", 14), ("I1D28", 28)):
            self._on(infusion + days, lambda code=code: self._attend(name, code), at=time(10))  # type: ignore[misc]  # bound now

    def _replacement(self) -> None:
        """The third slot was another participant's first, who thought better of it before any infusion."""
        self._on(-45, lambda: self._consent("replaced"))
        self._on(-45, lambda: self._attend("replaced", "SCR"), at=time(11))
        self._on(-44, lambda: self._screen("replaced", participants.eligible_man))
        self._on(-44, lambda: self._sign_and_allocate("replaced"), at=time(10, 30))
        self._on(-42, lambda: self._give_the_slot_back("replaced"), at=time(14))

    def _new_consent_form(self) -> None:
        """Approved after cohort 1 was treated: one has signed it, of the two others it is still asked."""
        self._on(-16, self._approve_new_form, at=time(10))
        self._on(-10, lambda: self._consent_again("S1"), at=time(10, 20))

    def _screening_behind(self) -> None:
        for name, day in (("failure", -24), ("waiting", -13), ("pending", -5)):
            self._on(day, lambda name=name: self._attend(name, "SCR"), at=time(16))  # type: ignore[misc]  # bound now
        self._on(-24, lambda: self._consent("failure"))
        self._on(-20, lambda: self._screen("failure", participants.raised_liver_enzymes))
        self._on(-20, lambda: self._fail("failure"), at=time(15))
        self._on(-13, lambda: self._consent("waiting"), at=time(11))
        self._on(-12, lambda: self._screen("waiting", participants.raised_liver_enzymes), at=time(9, 30))
        self._on(-12, lambda: self._fail("waiting"), at=time(15))
        self._on(-9, lambda: self._screen_again("waiting"), at=time(14))
        self._on(-8, lambda: self._enter_facts("waiting", participants.liver_enzymes_normal_again))
        self._on(-7, lambda: self._sign("waiting"), at=time(11, 15))
        self._on(-5, lambda: self._consent("pending"), at=time(13, 30))
        self._on(-4, lambda: self._screen("pending", participants.missing_creatinine), at=time(15))
        self._on(-3, lambda: self._consent("refusal", refused=True), at=time(15, 20))
        self._on(-6, self._receive_second_lot, at=time(14))
        self._on(-15, self._move_one_unit, at=time(16, 40))
        self._on(-12, self._read_the_loggers, at=time(8, 15))

    def _gate(self) -> None:
        """The day after the last window closed: data endorsed, dossier frozen; the medical monitor has signed."""
        self._on(-2, lambda: endorse(self.study, self.people, at=clock.now()), at=time(9, 30))
        self._on(-1, self._review, at=time(10))

    # --------------------------------------------------------------------------------------------------- steps

    def _consent(self, name: str, *, refused: bool = False) -> None:
        if self.version is not None:
            self.subjects[name] = bedside.register(
                self.study, self.people, version=self.version, at=clock.now(), refused=refused
            )

    def _approve_new_form(self) -> None:
        self.version = new_consent_form(self.study, self.people, at=clock.now())

    def _consent_again(self, name: str) -> None:
        if self.version is not None:
            bedside.consent_again(self.subjects[name], self.people, version=self.version, at=clock.now())

    def _screen(self, name: str, facts: Callable[[date], participants.Facts]) -> None:
        entered = self._enter_facts(name, facts)
        born_on = date.fromisoformat(entered["birth_date"])
        number = list(self.subjects).index(name) + 1
        identities.record(self.subjects[name], self.people, number=number, born_on=born_on, at=clock.now())

    def _enter_facts(self, name: str, facts: Callable[[date], participants.Facts]) -> participants.Facts:
        at = clock.now()
        entered = facts(site_date(at, timezone=self.zone))
        bedside.enter_facts(self.subjects[name], self.people, facts=entered, at=at)
        return entered

    def _sign(self, name: str) -> None:
        bedside.sign_eligibility(self.subjects[name], self.people, at=clock.now())

    def _sign_and_allocate(self, name: str) -> None:
        self._sign(name)
        bedside.allocate(self.subjects[name], self.people, at=clock.now())

    def _fail(self, name: str) -> None:
        screening = current_screening(self.subjects[name])
        screenings.fail(screening=screening, by=self.people["coordinator"], at=clock.now())

    def _screen_again(self, name: str) -> None:
        reason = "Liver enzymes within limits after the change of a co-medication."
        attempts.rescreen(subject=self.subjects[name], reason=reason, by=self.people["coordinator"], at=clock.now())

    def _give_the_slot_back(self, name: str) -> None:
        bedside.give_slot_back(self.subjects[name], self.people, at=clock.now())

    def _infuse(self, name: str) -> None:
        if self.lot is not None:
            at = clock.now()
            identities.compare(self.subjects[name], self.people, at=at)
            prepared = bedside.prepare(self.subjects[name], self.people, number=1, lot=self.lot, at=at)
            bedside.watch_before(prepared, self.people, at=at)
            self.infusions[name] = bedside.start(prepared, self.people, at=at)

    def _end_infusion(self, name: str) -> None:
        bedside.watch(self.infusions[name], self.people, at=clock.now())
        bedside.complete(self.infusions[name], self.people, at=clock.now())

    def _interrupt(self, name: str) -> None:
        bedside.interrupt(self.infusions[name], self.people, at=clock.now())

    def _end_observation(self, name: str) -> None:
        bedside.watch(self.infusions[name], self.people, at=clock.now())
        bedside.end_observation(self.infusions[name], self.people, at=clock.now())

    def _discharge(self, name: str) -> None:
        bedside.watch(self.infusions[name], self.people, at=clock.now())
        bedside.discharge(self.infusions[name], self.people, at=clock.now())

    def _account_for(self, name: str) -> None:
        """What the bag still held is destroyed; of the third the pharmacy has not got round to it."""
        pharmacy.account_for(self.infusions[name], self.people, at=clock.now())

    def _attend(self, name: str, code: str) -> None:
        attend(self.subjects[name], self.people, code=code, at=clock.now())

    def _event_outside_the_window(self, name: str) -> None:
        report_cold(self.subjects[name], self.people, at=clock.now())

    def _move_one_unit(self) -> None:
        if self.lot is not None:
            last = self.lot.units.select_related("lot__study").order_by("number").last()
            if last is not None:
                pharmacy.store(last, self.people, place=pharmacy.TANKS[1], at=clock.now())

    def _read_the_loggers(self) -> None:
        """The second tank stood too warm for a while: the unit in it is set aside, and waits for a decision."""
        cold, warm = ["-178.4", "-178.9", "-177.6", "-178.1"], ["-176.0", "-148.7", "-141.2", "-161.5"]
        for place, celsius in zip(pharmacy.TANKS, (cold, warm), strict=True):
            pharmacy.import_log(self.study, self.people, place=place, celsius=celsius, at=clock.now())

    def _receive_second_lot(self) -> None:
        """Received, not yet tested through: it waits in quarantine."""
        bedside.receive_lot(self.study, self.people, number="ADSC-2402", at=clock.now(), units_of_lot=6)

    def _review(self) -> None:
        cohort = Cohort.objects.get(study=self.study, number=1)
        convene_and_vote(cohort, self.people, at=clock.now())

    # --------------------------------------------------------------------------------------------------- clock

    def _on(self, day: int, act: Callable[[], object], *, at: time = time(9)) -> None:
        self._steps.append(Step(day, at, act))

    def _move_to(self, day: int, at: time) -> None:
        """Move the clock on, and let everything that fell due on the way happen, as the worker would have done."""
        written = datetime.combine(self.ends_on + timedelta(days=day), at)
        step = from_wall_clock(written, timezone=self.zone) - clock.now()
        if step > timedelta(0):
            advance(step=step, by=self.people.get("admin") or service_user())
            tasks.run()
