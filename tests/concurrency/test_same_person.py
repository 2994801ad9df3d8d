"""Two people record the same person under two codes at once: one of them does, the other learns of the first."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from enrollment.models import Subject, SubjectIdentity
from enrollment.services import identities
from tests.builders.identities import person
from tests.builders.scenario import TrialScenario
from tests.databases import Clone
from trial import clock
from trial.errors import RuleViolation
from trial.models import User

WAIT_SECONDS = 20.0


def record(subject: Subject, username: str, barrier: threading.Barrier) -> tuple[str, ...]:
    """The codes of the refusal; none: it was recorded."""
    try:
        by = User.objects.get(username=username)
        barrier.wait(WAIT_SECONDS)
        identities.record(subject=subject, identity=person(), by=by, at=clock.now())
    except RuleViolation as refusal:
        return refusal.decision.codes
    finally:
        connection.close()
    return ()


def test_the_same_person_is_recorded_once(committed_db: Clone) -> None:
    scenario = TrialScenario()
    both = (scenario.consented(), scenario.consented())
    barrier = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        asked = zip(both, ("coordinator", "investigator"), strict=True)
        outcomes = [pool.submit(record, subject, username, barrier) for subject, username in asked]
        refusals = sorted(outcome.result(WAIT_SECONDS) for outcome in outcomes)
    assert refusals == [(), ("IDV-TWICE",)]
    assert SubjectIdentity.objects.count() == 1
