"""Sealing, rotation, and the command that an operator runs."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from enrollment.models import SubjectIdentity, VaultKey
from enrollment.rules.identity_keys import key_id
from enrollment.rules.states import OpeningPurpose
from enrollment.services import identities, vault_keys
from tests.builders.identities import person, recorded
from trial.errors import RuleViolation
from trial.models import AuditEvent
from trial.services.regulated import regulated


@pytest.fixture
def keys_file(settings, tmp_path: Path) -> Iterator[Path]:
    """Keys of the test's own."""
    path = tmp_path / "vault_keys"
    path.write_text(Fernet.generate_key().decode() + "\n")
    path.chmod(0o600)
    settings.VAULT_KEYS_FILE = str(path)
    return path


def vault(act: str) -> str:
    out = StringIO()
    call_command("vault", act, stdout=out)
    return out.getvalue()


def opened(scenario, subject):
    return identities.open_identity(
        subject=subject, purpose=OpeningPurpose.CONTACT, note="", by=scenario.people["nurse"], at=scenario.at
    ).identity


def test_what_is_sealed_is_unsealed_with_its_own_key_only(scenario, keys_file):
    with regulated(by=scenario.people["coordinator"], act="test"):
        first, sealer = vault_keys.new_key(scenario.at)
        second, _ = vault_keys.new_key(scenario.at)
    sealed = sealer.seal(b"something")
    assert b"something" not in sealed
    assert vault_keys.sealer_of(VaultKey.objects.get(pk=first.pk)).unseal(sealed) == b"something"
    with pytest.raises(RuleViolation) as refusal:
        vault_keys.sealer_of(second).unseal(sealed)
    assert refusal.value.decision.codes == ("IDV-SEAL",)


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "cannot be read"), ("", "holds no key"), ("abc\n", "line 1"), ("é\n", "cannot be read")],
    ids=["no-file", "empty", "no-key", "not-ascii"],
)
def test_keys_that_cannot_be_read_are_told(keys_file, content, why):
    keys_file.unlink() if content is None else keys_file.write_text(content)
    with pytest.raises(RuleViolation, match=why) as refusal:
        vault_keys.key_ring()
    assert refusal.value.decision.codes == ("IDV-KEYS",)


def test_a_second_bad_line_is_named(keys_file):
    keys_file.write_text(f"{keys_file.read_text()}abc\n")
    with pytest.raises(RuleViolation, match="line 2"):
        vault_keys.key_ring()


def test_a_rotation_renews_the_wrapping_and_nothing_else(scenario, keys_file):
    subject = scenario.consented()
    recorded(scenario, subject)
    sealed, old = SubjectIdentity.objects.get().sealed, keys_file.read_text()
    assert "is the newest key" in vault("add-key")
    assert keys_file.read_text().endswith(old)
    assert keys_file.stat().st_mode & 0o777 == 0o600
    assert "still needed" in vault("keys")
    newest = vault_keys.key_ring().newest
    report = vault("rotate")
    assert report.startswith("2 rows were sealed")  # the identity's, and the one of the marks
    assert "its line may be removed" in report
    assert set(VaultKey.objects.values_list("key_id", flat=True)) == {newest}
    assert SubjectIdentity.objects.get().sealed == sealed
    assert vault("rotate").startswith("0 rows were sealed")
    keys_file.write_text(keys_file.read_text().splitlines()[0])
    assert opened(scenario, subject) == person()
    act = AuditEvent.objects.filter(act="vault.rotate").first()
    assert act is not None
    assert act.table_name == "enrollment_vaultkey"


def test_after_a_rotation_the_same_person_is_still_recognised(scenario, keys_file):
    recorded(scenario, scenario.consented())
    vault("add-key")
    vault("rotate")
    keys_file.write_text(keys_file.read_text().splitlines()[0])
    with pytest.raises(RuleViolation) as refusal:
        recorded(scenario, scenario.consented())
    assert refusal.value.decision.codes == ("IDV-TWICE",)


def test_a_batch_takes_what_it_may_and_the_next_goes_on(scenario, keys_file):
    with regulated(by=scenario.people["coordinator"], act="test"):
        rows = [vault_keys.new_key(scenario.at)[0].pk for _ in range(5)]
    vault("add-key")
    people = {"by": scenario.people["admin"], "at": scenario.at}
    first = vault_keys.rotate(after=0, most=3, **people)
    assert (first.renewed, first.last, first.broken) == (3, rows[2], ())
    assert vault_keys.rotate(after=rows[2], most=3, **people).renewed == 2
    assert vault_keys.rotate(after=0, most=3, **people).last is None


def test_a_row_that_cannot_be_unsealed_is_named_and_holds_nothing_up(scenario, keys_file):
    with regulated(by=scenario.people["coordinator"], act="test"):
        good, _ = vault_keys.new_key(scenario.at)
        bad = VaultKey.objects.create(wrapped="nonsense", key_id=good.key_id, wrapped_at=scenario.at)
        later, _ = vault_keys.new_key(scenario.at)
    vault("add-key")
    with pytest.raises(CommandError, match=f"could not be unsealed and were left: {bad.pk}"):
        vault("rotate")
    newest = vault_keys.key_ring().newest
    assert set(VaultKey.objects.filter(key_id=newest).values_list("pk", flat=True)) == {good.pk, later.pk}


def test_a_missing_key_is_told_by_every_act(scenario, keys_file):
    recorded(scenario, scenario.consented())
    lost = key_id(keys_file.read_text().strip())
    keys_file.write_text(Fernet.generate_key().decode())
    assert f"{lost}       2 rows  MISSING" in vault("keys")
    for act in ("check", "rotate"):
        with pytest.raises(CommandError, match=lost):
            vault(act)


def test_where_nothing_is_sealed_no_key_is_missed(db, settings):
    settings.VAULT_KEYS_FILE = ""
    assert vault("check") == ""
    with pytest.raises(CommandError, match="VAULT_KEYS_FILE is not set"):
        vault("keys")


def test_a_file_that_cannot_be_written_is_told(scenario, keys_file, settings):
    settings.VAULT_KEYS_FILE = "/dev/null"
    with pytest.raises(CommandError, match="IDV-KEYS"):
        vault("add-key")
