"""A start on the operator's own servers: nothing embedded, and the owner's address in no environment."""

from __future__ import annotations

import os
from pathlib import Path

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
