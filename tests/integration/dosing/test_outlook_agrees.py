"""What is known of an infusion before its day is what the guard at the bedside would say, whatever is wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from dosing.models import Infusion
from dosing.rules.guard_facts import Clearance, GuardFacts
from dosing.rules.outlook import stands_against
from dosing.selectors.guard import guard_facts, infusion_for_guard
from dosing.selectors.outlook import Outlook, outlooks
from tests.builders.broken_rows import BREAKS, Break
from tests.builders.prepared import Scene, prepared_scene
from tests.integration.dosing.test_guard_agrees import apply
from trial.models import Study, User
from trial.services.regulated import regulated

BEFORE_THE_DAY = (
    "subject",
    "infusion_number",
    "timezone",
    "same_protocol_version",
    "cohort_number",
    "cohort_infusions",
    "died_at",
    "withdrawn_on",
    "lost_on",
    "holds",
    "consent_withdrawn_at",
    "eligibility",
    "interval_reason",
)
# What a starting row brings itself is not known before.
IN_THE_ROWS = [broken for broken in BREAKS if not broken.row]


@pytest.fixture(scope="module")
def scene(databases, django_db_blocker, built_once) -> Iterator[Scene]:
    with prepared_scene(databases, django_db_blocker.unblock, like=built_once) as scene:
        yield scene


@pytest.fixture(autouse=True)
def undone(scene: Scene) -> Iterator[None]:
    with transaction.atomic():
        with regulated(by=User.objects.get(username="investigator"), act="tests.break"):
            yield
        transaction.set_rollback(True)


def outlook_of(scene: Scene, pk: int) -> Outlook:
    found = outlooks(Study.objects.get(), at=scene.at)
    return next(each for each in found if each.infusion is not None and each.infusion.pk == pk)


def before_the_day(facts: GuardFacts) -> GuardFacts:
    """Without what belongs to the bedside and its people, and with nothing left to the order of rows."""
    known = {name: getattr(facts, name) for name in BEFORE_THE_DAY}
    openings = [
        Clearance(
            opened_at=each.opened_at,
            revoked_at=each.revoked_at,
            revoked_reason=each.revoked_reason,
            valid_until=each.valid_until,
        )
        for each in facts.clearances
    ]
    return GuardFacts(
        **known,
        can_be_pregnant=None,
        clearances=tuple(sorted(openings, key=lambda each: each.opened_at)),
        earlier=tuple(sorted(facts.earlier, key=lambda each: each.number)),
        cohort_first_infusions=tuple(sorted(facts.cohort_first_infusions)),
        consents=tuple(sorted(facts.consents, key=lambda each: each.version)),
        required_consents=tuple(sorted(facts.required_consents, key=lambda each: each.version)),
    )


@pytest.mark.parametrize("name", ["first", "second", "close", "early", "sequel"])
def test_the_facts_are_those_of_the_guard(scene, name):
    infusion = infusion_for_guard(scene.named[name])
    guard = before_the_day(guard_facts(infusion, performer=None, at=scene.at))
    assert before_the_day(outlook_of(scene, infusion.pk).facts) == guard


@pytest.mark.parametrize("broken", IN_THE_ROWS, ids=lambda broken: broken.id)
def test_one_thing_wrong(scene, broken: Break):
    apply(scene, broken)
    infusion = infusion_for_guard(scene.named[broken.infusion])
    regimen = infusion.subject.protocol_version.definition.regimen
    facts = before_the_day(guard_facts(infusion, performer=None, at=scene.at))
    said = outlook_of(scene, infusion.pk).against(scene.at)
    assert said == stands_against(facts, regimen=regimen, at=scene.at)


def test_of_whoever_has_nothing_planned_the_next_infusion_is_told(scene):
    found = outlooks(Study.objects.get(), at=scene.at)
    planned = {each.subject.pk for each in found if each.infusion is not None}
    to_plan = [each for each in found if each.infusion is None]
    assert to_plan
    assert not planned & {each.subject.pk for each in to_plan}
    for each in to_plan:
        had = Infusion.objects.filter(subject=each.subject).count()
        assert each.number == had + 1 <= each.allocation.slot.cohort.infusions


def test_all_are_read_in_nine_queries(scene):
    with CaptureQueriesContext(connection) as captured:
        outlooks(Study.objects.get(), at=scene.at)
    assert len(captured) == 1 + 9
