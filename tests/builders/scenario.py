"""A trial in a given state, reached by driving the real services under a clock that only moves forward.

No row is written past a service: an impossible state cannot be built. The people and steps are those of the
demonstration, so that both stay true.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from config.demonstration import bedside
from config.demonstration.participants import eligible_man
from config.demonstration.people import delegate_tasks, make_accounts, open_site
from dosing.models import Infusion, ProductLot
from enrollment.models import Subject
from trial import clock
from trial.models import Study, User
from trial.rules.site_time import site_date
from trial.services.demonstration import advance

PASSWORD = "a password for tests"


class TrialScenario:
    """``site``: people, delegations, an active site with cohort 1 open, and an approved consent form."""

    def __init__(self, *, password: str = PASSWORD) -> None:
        self.study = Study.objects.get()
        self.timezone = self.study.sites.get().timezone
        self.people: dict[str, User] = make_accounts(self.study, at=clock.now(), password=password)
        delegate_tasks(self.study, self.people, at=clock.now())
        self.consent_version = open_site(self.study, self.people, at=clock.now())
        self._lot: ProductLot | None = None

    @property
    def at(self) -> datetime:
        return clock.now()

    def wait(self, **period: float) -> datetime:
        """Let the trial clock run: ``wait(days=14)``."""
        return advance(step=timedelta(**period), by=self.people["admin"])

    @property
    def lot(self) -> ProductLot:
        """A released lot with units in stock."""
        if self._lot is None:
            lot = bedside.receive_lot(self.study, self.people, number="L-01", at=self.at, units_of_lot=20)
            bedside.test_lot(self.study, self.people, lot, at=self.at)
            self._lot = bedside.release_lot(self.people, lot, at=self.at)
        return self._lot

    def consented(self) -> Subject:
        return bedside.register(self.study, self.people, version=self.consent_version, at=self.at)

    def screened(self, facts: dict[str, object] | None = None) -> Subject:
        subject = self.consented()
        today = site_date(self.at, timezone=self.timezone)
        bedside.enter_facts(subject, self.people, facts=facts or eligible_man(today), at=self.at)
        return subject

    def eligible(self) -> Subject:
        subject = self.screened()
        bedside.sign_eligibility(subject, self.people, at=self.at)
        return subject

    def allocated(self) -> Subject:
        subject = self.eligible()
        bedside.allocate(subject, self.people, at=self.at, order_reason="Who waits longer is away.")
        return Subject.objects.get(pk=subject.pk)

    def prepared(self, subject: Subject | None = None, *, number: int = 1) -> Infusion:
        """An infusion against which no reason stands."""
        return bedside.prepare(subject or self.allocated(), self.people, number=number, lot=self.lot, at=self.at)

    def running(self, subject: Subject | None = None, *, number: int = 1) -> Infusion:
        return bedside.start(self.prepared(subject, number=number), self.people, at=self.at)

    def dosed(self, subject: Subject | None = None, *, number: int = 1) -> Infusion:
        """Started and completed now (forty minutes later on the trial clock)."""
        infusion = self.running(subject, number=number)
        self.wait(minutes=40)
        return bedside.complete(infusion, self.people, at=self.at)
