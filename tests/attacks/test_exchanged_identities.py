"""What was sealed for one subject, put under another by raw SQL: nothing is shown, and who tried is on record."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from psycopg2.extensions import connection

from enrollment.models import IdentityOpening, Subject, SubjectIdentity
from enrollment.rules.identity_document import from_document
from enrollment.rules.states import OpeningPurpose
from enrollment.selectors.identities import version_of
from enrollment.services import identities, vault_keys
from tests.builders.identities import person, recorded
from tests.builders.scenario import TrialScenario
from trial.errors import RuleViolation


@pytest.fixture
def scenario(committed_db) -> TrialScenario:
    """Two subjects with an identity each."""
    scenario = TrialScenario()
    recorded(scenario, scenario.consented())
    recorded(scenario, scenario.consented(), person(number="A123456789", full_name="另一人"))
    return scenario


def open_by_nurse(scenario: TrialScenario, subject: Subject) -> identities.Opened:
    return identities.open_identity(
        subject=subject, purpose=OpeningPurpose.CONTACT, note="", by=scenario.people["nurse"], at=scenario.at
    )


def exchange(session: connection, scenario: TrialScenario, *, wrapped_too: bool) -> None:
    nurse = scenario.people["nurse"].pk
    context = {"actor_id": nurse, "actor": "nurse", "act": "attack", "reason": "because"}
    first, second = SubjectIdentity.objects.order_by("id")
    with session, session.cursor() as attack:
        attack.execute("SELECT set_config('stepwise.context', %s, true)", [json.dumps(context)])
        change = "UPDATE enrollment_subjectidentity SET sealed = %s, recorded_by_id = %s WHERE id = %s"
        attack.execute(change, [second.sealed, nurse, first.pk])
        attack.execute(change, [first.sealed, nurse, second.pk])
        if wrapped_too:
            attack.execute(
                "UPDATE enrollment_vaultkey k SET wrapped = o.wrapped FROM enrollment_vaultkey o"
                " WHERE (k.id, o.id) IN ((%(a)s, %(b)s), (%(b)s, %(a)s))",
                {"a": first.key_id, "b": second.key_id},
            )


@pytest.mark.parametrize("wrapped_too", [False, True], ids=["content", "content-and-key"])
def test_exchanged_identities_are_not_shown(
    scenario: TrialScenario, app_connection: Callable[[], connection], wrapped_too: bool
) -> None:
    """With the keys exchanged as well everything can be unsealed; then the document names the wrong subject."""
    exchange(app_connection(), scenario, wrapped_too=wrapped_too)
    for identity in SubjectIdentity.objects.select_related("key", "subject"):
        if wrapped_too:
            document = vault_keys.sealer_of(identity.key).unseal(identity.sealed.encode())
            assert from_document(document, subject_code=identity.subject.code) is None
        with pytest.raises(RuleViolation) as refusal:
            open_by_nurse(scenario, identity.subject)
        assert refusal.value.decision.codes == ("IDV-SEAL",)
    assert IdentityOpening.objects.count() == 2


def test_a_damaged_identity_can_be_recorded_anew_with_a_reason(
    scenario: TrialScenario, app_connection: Callable[[], connection]
) -> None:
    exchange(app_connection(), scenario, wrapped_too=False)
    subject = Subject.objects.order_by("id").first()
    saved = SubjectIdentity.objects.get(subject=subject)
    identities.correct(
        subject=subject,
        identity=person(),
        seen_version=version_of(saved),
        reason="What was stored was damaged",
        by=scenario.people["coordinator"],
        at=scenario.at,
    )
    assert open_by_nurse(scenario, subject).identity == person()
