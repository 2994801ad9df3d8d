"""Long lists among a hundred and among a hundred thousand: the same page must take the same time."""

from __future__ import annotations

from contextlib import ExitStack

from tests.bench.figure import Figure, times
from tests.bench.ground import Ground, browser_of, ground, page
from tests.bench.timing import in_turns
from tests.builders.scenario import TrialScenario
from tests.databases import Databases
from trial.models import User

LIMIT = 1.5
FEW, MANY = 100, 100_000
ROUNDS = 40
SUBJECT_LIST, SCREENING_LOG = "/subjects/", "/screening-log/"
ASKED: dict[str, tuple[str, dict[str, str]]] = {
    "subject list at 100,000, first page": (SUBJECT_LIST, {}),
    "subject list at 100,000, filtered by state": (SUBJECT_LIST, {"state": "SCREEN_FAILED"}),
    "subject list at 100,000, search by prefix": (SUBJECT_LIST, {"search": "B-000000"}),
    "subject list at 100,000, last registered first": (SUBJECT_LIST, {"sort": "-registered"}),
    "screening log at 100,000, first page": (SCREENING_LOG, {}),
    "screening log at 100,000, by outcome": (SCREENING_LOG, {"outcome": "SCREEN_FAILED"}),
}
# Six in ten failed screening. Codes of one length, so that a prefix finds as many among the few as among the many.
SUBJECTS = """
INSERT INTO enrollment_subject
    (study_id, site_id, protocol_version_id, code, state, registered_at, registered_by_id)
SELECT site.study_id, site.id, version.id, 'B-' || lpad(number::text, 7, '0'),
       CASE WHEN number %% 10 < 6 THEN 'SCREEN_FAILED' ELSE 'SCREENING' END,
       trial_now() - number * interval '1 minute', %s
FROM generate_series(1, %s) AS number, trial_site AS site, trial_protocolversion AS version
"""
SCREENINGS = """
INSERT INTO enrollment_screening
    (study_id, number, subject_id, attempt, rescreened_because, facts, facts_sha256, started_at, failed_at,
     failure_codes)
SELECT study_id, id, id, 1, '', '{}', '', registered_at, CASE WHEN state = 'SCREEN_FAILED' THEN registered_at END,
       CASE WHEN state = 'SCREEN_FAILED' THEN '["X4"]'::jsonb ELSE '[]' END FROM enrollment_subject
"""


def measure(databases: Databases) -> list[Figure]:
    with ExitStack() as stack:
        few, many = (_Listed(stack.enter_context(ground(databases)), rows) for rows in (FEW, MANY))
        return [_figure(name, address, asked, few, many) for name, (address, asked) in ASKED.items()]


class _Listed:
    """A trial with so many subjects, and a coordinator who looks at the lists of them."""

    def __init__(self, place: Ground, rows: int) -> None:
        self._place = place
        coordinator = TrialScenario().people["coordinator"]
        _fill(place, rows, by=coordinator)
        self._browser = browser_of(coordinator)

    def enter(self) -> None:
        self._place.enter()

    def look(self, address: str, asked: dict[str, str]) -> str:
        self.enter()
        return page(self._browser, address, **asked)


def _figure(name: str, address: str, asked: dict[str, str], few: _Listed, many: _Listed) -> Figure:
    rows = {listed.look(address, asked).count("<tr") for listed in (few, many)}
    if len(rows) != 1 or rows == {0}:
        raise RuntimeError(f"The pages are not alike ({rows} rows): {name}.")
    of_few, of_many = in_turns(lambda: few.look(address, asked), lambda: many.look(address, asked), rounds=ROUNDS)
    return times(
        LIMIT,
        name=name,
        value=of_many,
        unit="ms",
        base=of_few,
        what="at 100 subjects",
    )


def _fill(place: Ground, rows: int, *, by: User) -> None:
    with place.owner() as connection, connection.cursor() as cursor:
        context = f'{{"actor_id": {by.pk}, "actor": "{by.username}", "act": "bench.fill"}}'
        cursor.execute("SELECT set_config('stepwise.context', %s, true)", [context])
        cursor.execute(SUBJECTS, [by.pk, rows])
        cursor.execute(SCREENINGS)
        cursor.execute("ANALYZE enrollment_subject, enrollment_screening")
