"""A rotation of the vault's keys is killed half-way: every row is as it was or done, and the next one goes on."""

from __future__ import annotations

from pathlib import Path

from cryptography.fernet import Fernet
from psycopg2.extensions import connection as Connection  # noqa: N812

from config.management.commands.vault import BATCH
from enrollment.models import VaultKey
from enrollment.rules.identity_keys import key_id
from enrollment.services import vault_keys
from tests.builders.scenario import TrialScenario
from tests.databases import Clone
from tests.robustness.processes import Crew, wait_until
from trial.services.regulated import regulated

ROWS = BATCH * 2 + 50
SLOW = """
CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.01); RETURN NULL; END $$;
CREATE TRIGGER zz_slowly AFTER UPDATE ON enrollment_vaultkey FOR EACH ROW EXECUTE FUNCTION slowly();
"""


def test_a_killed_rotation_loses_nothing_and_is_finished_later(
    committed_db: Clone, crew: Crew, owner_connection: Connection, tmp_path: Path, settings
) -> None:
    scenario = TrialScenario()
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    file = tmp_path / "vault_keys"
    file.write_text(f"{old}\n")
    settings.VAULT_KEYS_FILE = str(file)
    contents = {}
    with regulated(by=scenario.people["coordinator"], act="test"):
        for number in range(ROWS):
            row, sealer = vault_keys.new_key(scenario.at)
            contents[row.pk] = (sealer.seal(f"content {number}".encode()), f"content {number}".encode())
    file.write_text(f"{new}\n{old}\n")
    with owner_connection, owner_connection.cursor() as cursor:
        cursor.execute(SLOW)

    crew.run("rotation", "manage.py", "vault", "rotate", VAULT_KEYS_FILE=str(file))
    wait_until(lambda: renewed(new) == BATCH, crew.log, "rotation")
    crew.kill("rotation")
    assert renewed(new) % BATCH == 0
    assert renewed(new) < ROWS
    assert_all_unsealed(contents)

    crew.run("again", "manage.py", "vault", "rotate", VAULT_KEYS_FILE=str(file)).wait(120)
    assert f"{ROWS - BATCH} rows were sealed" in crew.log("again")
    assert renewed(new) == ROWS
    file.write_text(f"{new}\n")
    assert_all_unsealed(contents)


def renewed(key: str) -> int:
    return VaultKey.objects.filter(key_id=key_id(key)).count()


def assert_all_unsealed(contents: dict[int, tuple[bytes, bytes]]) -> None:
    for row in VaultKey.objects.filter(pk__in=contents):
        sealed, plain = contents[row.pk]
        assert vault_keys.sealer_of(row).unseal(sealed) == plain
