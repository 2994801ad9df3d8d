"""Signatures: two components at each, over what was seen, verified by the database."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest

from tests.builders.scenario import TrialScenario
from trial import clock
from trial.errors import NotPermitted, ReauthenticationFailed, StaleRecord
from trial.models import Delegation, ElectronicSignature
from trial.permissions import Permission, access_of
from trial.rules.roles import DelegatedTask
from trial.services import delegations
from trial.services.delegations import DelegationTerms
from trial.services.regulated import regulated
from trial.services.signatures import Proof, reauthenticate

pytestmark = pytest.mark.django_db
PASSWORD = "a password for tests"


@pytest.fixture
def scenario():
    return TrialScenario()


def terms_for(scenario, username="sponsor"):
    day = access_of(scenario.people["admin"], scenario.study).day(scenario.at)
    return DelegationTerms(
        user=scenario.people[username],
        tasks=[DelegatedTask.ENTER_VISITS],
        valid_from=day,
        valid_until=None,
        training_valid_until=day,
    )


def proof_of(user, digest):
    return Proof(user=user, method="password", content_sha256=digest)


def request_of():
    request = HttpRequest()
    request.META = {"REMOTE_ADDR": "127.0.0.1", "HTTP_USER_AGENT": "test"}
    return request


def test_the_right_password_gives_a_proof(scenario):
    proof = reauthenticate(request=request_of(), username="investigator", password=PASSWORD, content_sha256="x" * 64)
    assert proof.user == scenario.people["investigator"]


@pytest.mark.parametrize(
    ("username", "password"), [("investigator", "wrong"), ("nobody", PASSWORD), ("stepwise-service", "")]
)
def test_wrong_credentials_sign_nothing(scenario, username, password):
    before = ElectronicSignature.objects.count()
    with pytest.raises(ReauthenticationFailed) as refusal:
        reauthenticate(request=request_of(), username=username, password=password, content_sha256="x" * 64)
    assert refusal.value.reason.code == "reauthentication"
    assert ElectronicSignature.objects.count() == before


def test_somebody_else_cannot_sign_in_my_session(scenario):
    with pytest.raises(ReauthenticationFailed):
        reauthenticate(
            request=request_of(),
            username="medicalmonitor",
            password=PASSWORD,
            content_sha256="x" * 64,
            expected=scenario.people["investigator"],
        )


def test_what_is_signed_is_what_was_seen(scenario):
    proof = proof_of(scenario.people["investigator"], "0" * 64)
    with pytest.raises(StaleRecord) as refusal:
        delegations.delegate(study=scenario.study, terms=terms_for(scenario), proof=proof, at=scenario.at)
    assert refusal.value.reason.code == "stale"


def test_only_the_principal_investigator_delegates(scenario):
    terms = terms_for(scenario)
    with pytest.raises(NotPermitted):
        delegations.delegate(
            study=scenario.study,
            terms=terms,
            proof=proof_of(scenario.people["subinvestigator"], terms.sha256()),
            at=scenario.at,
        )


def test_a_delegation_without_a_signature_delegates_nothing(scenario):
    terms = terms_for(scenario, "monitor")
    with regulated(by=scenario.people["admin"], act="test"):
        Delegation.objects.create(
            user=terms.user,
            study=scenario.study,
            tasks=[DelegatedTask.RECORD_ADVERSE_EVENTS],
            valid_from=terms.valid_from,
            training_valid_until=terms.training_valid_until,
        )
    access = access_of(terms.user, scenario.study)
    assert not access.delegated(DelegatedTask.RECORD_ADVERSE_EVENTS, at=scenario.at).allowed


def test_training_ends_with_its_last_day(scenario):
    terms = terms_for(scenario)
    delegations.delegate(
        study=scenario.study,
        terms=terms,
        proof=proof_of(scenario.people["investigator"], terms.sha256()),
        at=scenario.at,
    )
    access = access_of(terms.user, scenario.study)
    assert access.delegated(DelegatedTask.ENTER_VISITS, at=scenario.at).allowed
    scenario.wait(days=1)
    lapsed = access.delegated(DelegatedTask.ENTER_VISITS, at=clock.now())
    assert lapsed.codes == ("PER-TRAINING",)


def test_nobody_acts_without_a_role(scenario):
    access = access_of(scenario.people["sponsor"], scenario.study)
    assert access.check(Permission.EVENT_RECORD, at=scenario.at).codes == ("PER-ROLE",)


@pytest.mark.parametrize("change", ["printed_name", "role", "meaning", "content", "mac", "signed_at", "signer"])
def test_the_database_refuses_a_forged_signature(scenario, change):
    """A signature row that was copied and altered in one field does not verify."""
    genuine = ElectronicSignature.objects.first()
    forged = ElectronicSignature.objects.get(pk=genuine.pk)
    forged.pk = None
    forged._state.adding = True
    altered = {
        "printed_name": "Somebody Else",
        "role": "medical_monitor",
        "meaning": "gate_decision",
        "content": '{"type":"gate_decision"}',
        "mac": "0" * 64,
        "signed_at": genuine.signed_at.replace(year=2020),
        "signer": scenario.people["sponsor"],
    }
    setattr(forged, change, altered[change])
    with (
        pytest.raises(DatabaseError, match="SIG-"),
        transaction.atomic(),
        regulated(by=scenario.people["sponsor"], act="attack"),
    ):
        forged.save(force_insert=True)


def test_the_key_is_out_of_reach(scenario):
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT value FROM stepwise_secret")
