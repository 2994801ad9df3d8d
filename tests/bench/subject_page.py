"""The page of one participant with the whole visit plan, beside a bare page through the same middleware."""

from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext, override_settings

from tests.bench.figure import Figure, at_most, times
from tests.bench.ground import browser_of, ground, page
from tests.bench.timing import in_turns
from tests.builders.scenario import TrialScenario
from tests.databases import Databases

MOST_QUERIES = 12
LIMIT = 6.0
ROUNDS = 60


def measure(databases: Databases) -> list[Figure]:
    with ground(databases), override_settings(ROOT_URLCONF="tests.bench.bare_page"):
        scenario = TrialScenario()
        subject = scenario.dosed().subject
        browser = browser_of(scenario.people["coordinator"])
        address, bare = f"/subjects/{subject.code}/", f"/bare/{subject.code}/"
        page(browser, address)  # templates are read once in the life of a process
        queries = _queries(lambda: page(browser, address))
        if (of_bare := _queries(lambda: page(browser, bare))) != 3:
            raise RuntimeError(f"The bare page asks {of_bare} questions.")
        took_bare, took = in_turns(lambda: page(browser, bare), lambda: page(browser, address), rounds=ROUNDS)
    return [
        at_most(MOST_QUERIES, name="subject page, queries", value=queries, unit="queries"),
        times(LIMIT, name="subject page", value=took, unit="ms", base=took_bare, what="a page of three queries"),
    ]


def _queries(act: object) -> int:
    assert callable(act)
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)
