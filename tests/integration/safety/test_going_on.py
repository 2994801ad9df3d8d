"""Going on inside a cohort under a policy version that allows it."""

from safety.rules.states import Relationship
from tests.builders.observed_cohort import ObservedCohort
from trial.models import DosingHold
from trial.protocol.loading import definition_json, definition_sha256, shipped_definition, under_preset
from trial.protocol.schema import Trigger


def test_a_policy_that_allows_to_continue_lets_signatories_go_on_in_spite_of_named_events(
    committed_db, owner_connection
):
    cohort = ObservedCohort()
    subject = cohort.dose()
    cohort.morning(days=3)
    severe = {"ctcae_term": "Fever", "reported_term": "Fever", "grade": 3}
    cohort.report(subject, onset=cohort.onset(subject, days=1), relationship=Relationship.POSSIBLE, **severe)
    hold = DosingHold.objects.get()
    amend_protocol(owner_connection)
    cohort.sweep()
    cohort.sign_lift(hold, "investigator")
    assert cohort.sign_lift(hold, "medicalmonitor").lifted_at is not None
    cohort.sweep()
    assert not DosingHold.objects.filter(lifted_at__isnull=True).exists()
    cohort.report(
        subject, onset=cohort.onset(subject, days=2), ctcae_term="Chills", grade=3, relationship=Relationship.POSSIBLE
    )
    assert DosingHold.objects.get(lifted_at__isnull=True).cause.endswith("AE 2")


def amend_protocol(owner_connection):
    """A new version under the preset DLT comes into force, as the owner would bring it."""
    shipped = shipped_definition()
    definition = shipped.model_copy(update={"version": "2.0", "gate": under_preset(shipped, Trigger.DLT)})
    with owner_connection as session, session.cursor() as cursor:
        cursor.execute("SELECT set_config('stepwise.context', %s, true)", ['{"actor": "owner", "act": "amend"}'])
        cursor.execute("UPDATE trial_protocolversion SET state = 'SUPERSEDED' WHERE state = 'ACTIVE'")
        cursor.execute(
            "INSERT INTO trial_protocolversion (study_id, version, canonical, sha256, state, activated_at)"
            " SELECT id, '2.0', %s, %s, 'ACTIVE', trial_now() FROM trial_study",
            [definition_json(definition), definition_sha256(definition)],
        )
