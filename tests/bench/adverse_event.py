"""Saving an adverse event with all that follows from it, beside saving a bare model form of the same row.

The bare one is what a plain application does: a form of the fields of the model, validated (references, uniqueness,
checks) and saved, with nothing that follows.
What follows: rights, the study lock, stopping rules, the gate of the cohort, holds, messages. Each measurement is
rolled back, so that the last one finds as many events as the first.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from django.db import transaction
from django.forms import modelform_factory
from django.test import Client

from dosing.models import Infusion
from safety.models import AdverseEvent
from safety.rules.event_entry import AdverseEventEntry
from safety.rules.states import ActionTaken, Outcome, Relationship
from safety.services import adverse_events
from tests.bench.figure import Figure, times
from tests.bench.ground import browser_of, ground
from tests.bench.timing import in_turns
from tests.builders.scenario import TrialScenario
from tests.databases import Databases
from trial import clock
from trial.rules.site_time import at_site
from trial.services.regulated import regulated

LIMIT = 10.0
ROUNDS = 40
_SEEN = re.compile(r'name="consequences_seen"\s+value="([0-9a-f]{64})"')


def measure(databases: Databases) -> list[Figure]:
    with ground(databases):
        scenario = TrialScenario()
        saves = _Saves(scenario, scenario.dosed())
        return [
            _figure("adverse event, service", saves.by_service, saves.bare),
            _figure("adverse event, page", saves.by_page, saves.bare),
        ]


def _figure(name: str, save: Callable[[], None], bare: Callable[[], None]) -> Figure:
    for act in (save, bare):
        _rolled_back(act)
    of_bare, took = in_turns(lambda: _rolled_back(bare), lambda: _rolled_back(save), rounds=ROUNDS)
    return times(LIMIT, name=name, value=took, unit="ms", base=of_bare, what="a bare model form")


def _rolled_back(act: Callable[[], None]) -> None:
    with transaction.atomic():
        act()
        transaction.set_rollback(True)


class _Saves:
    """The same headache, saved in three ways."""

    def __init__(self, scenario: TrialScenario, infusion: Infusion) -> None:
        self._by = scenario.people["investigator"]
        self._infusion, self._subject = infusion, infusion.subject
        self._at = clock.now()
        self._local = at_site(self._at, timezone=self._subject.site.timezone)
        self._form = modelform_factory(AdverseEvent, exclude=["seriousness_criteria"])
        self._browser: Client = browser_of(self._by)
        self._address = f"/subjects/{self._subject.code}/events/new/"
        self._typed = self._type()

    def bare(self) -> None:
        form = self._form(
            {
                "subject": self._subject.pk,
                "number": 1,
                "infusion": self._infusion.pk,
                "reported_term": "Headache",
                "ctcae_term": "Headache",
                "onset": f"{self._local:%Y-%m-%d}",
                "relationship": Relationship.UNRELATED.value,
                "outcome": Outcome.NOT_RECOVERED.value,
                "action_taken": ActionTaken.NONE.value,
                "aware_at": f"{self._at:%Y-%m-%d %H:%M}",
                "recorded_at": f"{self._at:%Y-%m-%d %H:%M}",
                "recorded_by": self._by.pk,
            }
        )
        if not form.is_valid():
            raise RuntimeError(form.errors.as_text())
        with regulated(by=self._by, act="bench.save"):
            form.save()

    def by_service(self) -> None:
        entry = AdverseEventEntry(
            reported_term="Headache",
            ctcae_term="Headache",
            onset=f"{self._local:%Y-%m-%d}",
            aware_at=self._at,
            grade=1,
            relationship=Relationship.UNRELATED,
            outcome=Outcome.NOT_RECOVERED,
            action_taken=ActionTaken.NONE,
            infusion_number=1,
        )
        adverse_events.record(subject=self._subject, entry=entry, by=self._by, at=self._at)

    def by_page(self) -> None:
        response = self._browser.post(self._address, self._typed)
        if response.status_code != 303:
            raise RuntimeError(f"The page answered {response.status_code}.")

    def _type(self) -> dict[str, str]:
        """The form as it is sent for good: what follows was shown, and its hash is sent along."""
        typed = {
            "reported_term": "Headache",
            "ctcae_term": "Headache",
            "onset_on": f"{self._local:%Y-%m-%d}",
            "serious": "no",
            "relationship": Relationship.UNRELATED.value,
            "grade": "1",
            "outcome": Outcome.NOT_RECOVERED.value,
            "action_taken": ActionTaken.NONE.value,
            "infusion": "1",
            "aware_at": f"{self._local:%Y-%m-%dT%H:%M}",
        }
        shown = self._browser.post(self._address, typed).content.decode()
        found = _SEEN.search(shown)
        if found is None:
            raise RuntimeError("The page does not show what follows from the event.")
        return typed | {"consequences_seen": found[1]}
