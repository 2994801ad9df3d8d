"""A start on the operator's own servers: nothing embedded, and the owner's address in no environment."""

from __future__ import annotations

import os
from pathlib import Path

import psycopg2
import pytest

from tests import servers
from tests.databases import Clone
from tests.launch.conftest import Stack, environment_of


def test_a_start_on_given_servers(committed_real_db: Clone, broker: servers.Broker, data_dir: Path) -> None:
    stack = Stack(
        data_dir,
        DATABASE_URL=committed_real_db.app_url,
        OWNER_DATABASE_URL=committed_real_db.owner_url,
        REDIS_URL=broker.url,
        # The key that the database was signed with belongs to the database, not to the folder of this start.
        SIGNING_KEY_FILE=os.environ["SIGNING_KEY_FILE"],
    )
    try:
        stack.wait_until_ready()
        assert stack.answers()
        assert not stack.named("postgres")
        assert not stack.named("valkey")
        assert not (data_dir / "postgres").exists()
        for process in stack.family():
            assert committed_real_db.owner_url not in environment_of(process)
    finally:
        assert stack.stop() == 0


@pytest.mark.parametrize("with_owner", [True, False], ids=["provisioned-here", "provisioned-before"])
def test_a_start_without_a_key_that_sealed_rows_need_is_refused(
    committed_real_db: Clone, broker: servers.Broker, data_dir: Path, with_owner: bool
) -> None:
    owner = psycopg2.connect(committed_real_db.owner_url)
    with owner, owner.cursor() as cursor:
        cursor.execute("SELECT set_config('stepwise.context', %s, true)", ['{"actor": "test", "act": "test"}'])
        cursor.execute(
            "INSERT INTO enrollment_vaultkey (use, wrapped, key_id, wrapped_at)"
            " VALUES ('CONTENT', 'x', 'ofyesterday1', trial_now())"
        )
    owner.close()
    addresses = {"OWNER_DATABASE_URL": committed_real_db.owner_url} if with_owner else {}
    stack = Stack(
        data_dir,
        DATABASE_URL=committed_real_db.app_url,
        REDIS_URL=broker.url,
        SIGNING_KEY_FILE=os.environ["SIGNING_KEY_FILE"],
        **addresses,
    )
    assert stack.process.wait(120) == 1
    assert "ofyesterday1, which VAULT_KEYS_FILE does not hold" in stack.text()
    assert "Restore that file" in stack.text()
