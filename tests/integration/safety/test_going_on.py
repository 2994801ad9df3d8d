"""Going on inside a cohort under a policy version that allows it."""

from safety.rules.states import Relationship
from tests.builders.amendment import amend_gate
from tests.builders.observed_cohort import ObservedCohort
from tests.builders.policy import gate_policy
from trial.models import DosingHold
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
    amend_gate(owner_connection, gate_policy(Trigger.DLT))
    cohort.sweep()
    cohort.sign_lift(hold, "investigator")
    assert cohort.sign_lift(hold, "medicalmonitor").lifted_at is not None
    cohort.sweep()
    assert not DosingHold.objects.filter(lifted_at__isnull=True).exists()
    cohort.report(
        subject, onset=cohort.onset(subject, days=2), ctcae_term="Chills", grade=3, relationship=Relationship.POSSIBLE
    )
    assert DosingHold.objects.get(lifted_at__isnull=True).cause.endswith("AE 2")
