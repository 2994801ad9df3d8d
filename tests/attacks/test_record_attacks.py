"""Raw SQL with the application's credentials cannot undo what happened, nor sign, open, lift or turn the clock back."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg2
import pytest
from psycopg2.extensions import connection, cursor

from tests.builders.broken_rows import hold
from tests.builders.prepared import Scene
from tests.builders.raw_sql import forge, parameters, refused_with

# ------------------------------------------------------------------------------------------------- what was is kept

STARTED = "(SELECT min(id) FROM dosing_infusion WHERE ended_at IS NOT NULL)"
RUNNING = "(SELECT min(id) FROM dosing_infusion WHERE state = 'RUNNING')"


@pytest.mark.parametrize("infusion", [STARTED, RUNNING], ids=["ended", "running"])
@pytest.mark.parametrize(
    "assignment",
    [
        "started_at = started_at - interval '30 days'",
        "started_at = NULL, state = 'PLANNED'",
        "unit_id = NULL",
        "performed_by_id = 1",
        "identity_signature_id = NULL",
        "subject_id = (SELECT max(id) FROM enrollment_subject)",
        "number = 9",
        "planned_volume_ml = 99",
        "late_entry_reason = 'Another one'",
        "interval_reason = 'Another one'",
        "planned_on = planned_on - 1",
    ],
)
def test_what_an_infusion_was_started_with_is_never_changed(attack, infusion, assignment):
    with pytest.raises(psycopg2.Error) as refusal:
        attack.execute(f"UPDATE dosing_infusion SET {assignment} WHERE id = {infusion}")
    assert "DOS-STARTED" in refused_with(refusal)


@pytest.mark.parametrize(
    "assignment",
    [
        "ended_at = ended_at - interval '1 day'",
        "given_million_per_kg = 1",
        "infused_volume_ml = 7",
        "state = 'RUNNING'",
        "state = 'STOPPED_EARLY', stop_reason = 'technical'",
        "stop_note = 'x'",
    ],
)
def test_what_was_given_is_never_changed(attack, assignment):
    with pytest.raises(psycopg2.Error) as refusal:
        attack.execute(f"UPDATE dosing_infusion SET {assignment} WHERE id = {STARTED}")
    assert "DOS-STARTED" in refused_with(refusal)


def test_an_infusion_does_not_end_in_the_future(attack):
    with pytest.raises(psycopg2.Error) as refusal:
        attack.execute(
            "UPDATE dosing_infusion SET state = 'COMPLETED', ended_at = trial_now() + interval '1 hour',"
            f" infused_volume_ml = 6, given_million_per_kg = 1 WHERE id = {RUNNING}"
        )
    assert refused_with(refusal) == {"DOS-FUTURE"}


@pytest.mark.parametrize(
    "assignment", ["weight_kg = 80", "signoff_signature_id = NULL", "laboratory_acceptable = false"]
)
def test_the_facts_of_a_started_infusion_are_never_changed(attack, assignment):
    with pytest.raises(psycopg2.Error) as refusal:
        attack.execute(f"UPDATE dosing_predosecheck SET {assignment} WHERE infusion_id = {STARTED}")
    assert refused_with(refusal) == {"DOS-STARTED"}


def test_facts_of_a_started_infusion_are_not_added_or_moved_either(attack, scene):
    with pytest.raises(psycopg2.Error) as refusal:
        attack.execute(f"UPDATE dosing_predosecheck SET infusion_id = {STARTED} WHERE infusion_id = %s", [scene.first])
    assert refused_with(refusal) == {"DOS-STARTED"}


def test_a_lot_is_not_released_by_sql(attack, scene):
    attack.execute(
        "INSERT INTO dosing_productlot (study_id, number, donor_code, received_at, received_by_id, expires_at, state,"
        " rejected_reason) SELECT study_id, 'L-X', donor_code, received_at, received_by_id, expires_at, 'QUARANTINED',"
        " '' FROM dosing_productlot LIMIT 1"
    )
    with pytest.raises(psycopg2.Error) as refusal:
        attack.execute(
            "UPDATE dosing_productlot SET state = 'RELEASED', released_at = trial_now(),"
            " release_signature_id = %s WHERE number = 'L-X'",
            [scene.signed_off_elsewhere],
        )
    assert refused_with(refusal) == {"PRD-UNSIGNED"}


def test_a_rejected_lot_is_not_released_again_with_its_old_signature(attack):
    attack.execute("UPDATE dosing_productlot SET state = 'REJECTED', rejected_reason = 'Leaking'")
    with pytest.raises(psycopg2.Error) as refusal:
        attack.execute("UPDATE dosing_productlot SET state = 'RELEASED', rejected_reason = ''")
    assert refused_with(refusal) == {"PRD-REJECTED"}


# ------------------------------------------------------------------------------- cohorts, holds, signatures, the clock


def open_cohort(
    attack: cursor, scene: Scene, *, cohort: int, dossier: str, signatures: list[int], basis="GATE_DECISION"
):
    """The clearance in force is revoked first, so that nothing but the signatures stands in the way."""
    attack.execute(
        "UPDATE trial_cohortclearance SET revoked_at = trial_now(), revoked_reason = 'x'"
        " WHERE cohort_id = %s AND revoked_at IS NULL",
        [scene.cohorts[cohort]],
    )
    attack.execute(
        "INSERT INTO trial_cohortclearance (cohort_id, basis, opened_at, opened_by_id, decision_sha256, signatures,"
        " revoked_reason) VALUES (%s, %s, trial_now(), %s, %s, %s, '')",
        [scene.cohorts[cohort], basis, scene.people["investigator"], dossier or None, signatures],
    )


def test_no_cohort_is_opened_without_its_signatures(attack, scene):
    with pytest.raises(psycopg2.Error) as refusal:
        open_cohort(attack, scene, cohort=2, dossier="f" * 64, signatures=[])
    assert refused_with(refusal) == {"CLR-UNSIGNED"}


def test_no_cohort_is_opened_by_the_copied_signatures_of_another_review(attack, scene):
    with pytest.raises(psycopg2.Error) as refusal:
        open_cohort(attack, scene, cohort=2, dossier="f" * 64, signatures=list(scene.gate_signatures))
    assert refused_with(refusal) == {"CLR-UNSIGNED"}


def test_no_cohort_is_opened_by_the_signatures_for_another_cohort(attack, scene):
    with pytest.raises(psycopg2.Error) as refusal:
        open_cohort(attack, scene, cohort=3, dossier=scene.gate_dossier, signatures=list(scene.gate_signatures))
    assert refused_with(refusal) == {"CLR-UNSIGNED"}


@pytest.mark.parametrize("which", [0, 1])
def test_no_cohort_is_opened_by_one_signature(attack, scene, which):
    with pytest.raises(psycopg2.Error) as refusal:
        open_cohort(attack, scene, cohort=2, dossier=scene.gate_dossier, signatures=[scene.gate_signatures[which]] * 2)
    assert refused_with(refusal) == {"CLR-UNSIGNED"}


def test_a_decision_opens_a_cohort_once(attack, scene):
    """The very signatures that once opened it do not open it again after a revocation."""
    with pytest.raises(psycopg2.errors.UniqueViolation, match="decision_sha256"):
        open_cohort(attack, scene, cohort=2, dossier=scene.gate_dossier, signatures=list(scene.gate_signatures))


@pytest.mark.parametrize("cohort", [1, 2])
def test_no_cohort_is_opened_as_if_it_were_the_first(attack, scene, cohort):
    with pytest.raises(psycopg2.Error) as refusal:
        open_cohort(attack, scene, cohort=cohort, dossier="", signatures=[], basis="FIRST_COHORT")
    assert refused_with(refusal) == {"CLR-UNSIGNED"}


@pytest.mark.parametrize(
    "assignment",
    ["revoked_at = NULL, revoked_reason = ''", "opened_at = opened_at - interval '90 days'", "valid_until = NULL"],
)
def test_a_clearance_is_never_improved(attack, assignment):
    attack.execute(
        "UPDATE trial_cohortclearance SET revoked_at = trial_now(), revoked_reason = 'x' WHERE revoked_at IS NULL"
    )
    with pytest.raises(psycopg2.Error) as refusal:
        attack.execute(f"UPDATE trial_cohortclearance SET {assignment}")
    assert refused_with(refusal) == {"CLR-LATCHED"}


SIGNATURE = (
    "INSERT INTO trial_electronicsignature (study_id, signer_id, printed_name, role, meaning, signed_at, method,"
    " content, content_sha256, mac) SELECT study_id, {signer}, printed_name, role, {meaning}, signed_at, method,"
    " {content}, content_sha256, {mac} FROM trial_electronicsignature WHERE id = %s"
)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"mac": "repeat('0', 64)"}, "SIG-FORGED"),
        ({"meaning": "'hold_lift'"}, "SIG-FORGED"),
        ({"signer": "signer_id + 1"}, "SIG-FORGED"),
        ({"content": "content || ' '"}, "SIG-CONTENT"),
    ],
    ids=["forged-mac", "another-meaning", "another-signer", "another-content"],
)
def test_no_signature_is_made_by_sql(attack, scene, changed, code):
    values = {"signer": "signer_id", "meaning": "meaning", "content": "content", "mac": "mac"} | changed
    with pytest.raises(psycopg2.Error) as refusal:
        attack.execute(SIGNATURE.format(**values), [scene.gate_signatures[0]])
    assert refused_with(refusal) == {code}


@pytest.mark.parametrize("signatures", ["'{}'", "ARRAY[%(gate)s, %(gate_2)s]::bigint[]"], ids=["unsigned", "of-a-gate"])
def test_no_hold_is_lifted_without_its_signatures(attack, scene, signatures):
    values = parameters(attack, scene, scene.first)
    attack.execute(hold("study"), values)
    gate, gate_2 = scene.gate_signatures
    with pytest.raises(psycopg2.Error) as refusal:
        attack.execute(
            f"UPDATE trial_dosinghold SET lifted_at = trial_now(), lift_signatures = {signatures}",
            {"gate": gate, "gate_2": gate_2},
        )
    assert refused_with(refusal) == {"HLD-UNSIGNED"}


@pytest.mark.parametrize(
    "assignment",
    ["placed_at = placed_at + interval '1 day'", "cohort_id = NULL, subject_code = 'nobody'", "reason = 'x'"],
)
def test_a_hold_is_never_moved_out_of_the_way(attack, scene, assignment):
    attack.execute(hold("study"), parameters(attack, scene, scene.first))
    with pytest.raises(psycopg2.Error) as refusal:
        attack.execute(f"UPDATE trial_dosinghold SET {assignment}")
    assert refused_with(refusal) == {"HLD-FIXED"}


@pytest.mark.parametrize("code", ["CLK-BACKWARD", "CLK-FIXED"])
def test_the_clock_does_not_go_back(attack, code):
    change = {
        "CLK-BACKWARD": "clock_offset = clock_offset - interval '1 second'",
        "CLK-FIXED": "is_demonstration = NOT is_demonstration",
    }[code]
    with pytest.raises(psycopg2.Error) as refusal:
        attack.execute(f"UPDATE trial_deployment SET {change}")
    assert refused_with(refusal) == {code}


def test_the_clock_of_a_real_deployment_stands_fast(committed_real_db, app_connection_of_real):
    with app_connection_of_real.cursor() as attack:
        forge(attack)
        with pytest.raises(psycopg2.errors.CheckViolation, match="real_clock_is_true"):
            attack.execute("UPDATE trial_deployment SET clock_offset = interval '30 days'")


@pytest.fixture
def app_connection_of_real(committed_real_db) -> Iterator[connection]:
    opened = psycopg2.connect(committed_real_db.app_url)
    yield opened
    opened.close()
