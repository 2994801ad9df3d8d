"""A command beside a running start finds its servers; elsewhere nothing is invented."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psycopg2

from config.launch.postgres import Postgres
from config.launch.provisioning import prepare_embedded
from config.launch.secret_files import SecretFiles
from tests import servers

SHOW = """
import os
from config.launch.running import use_running_servers

use_running_servers()
print(os.environ.get('DATABASE_URL', ''))
"""


def address_found(data_dir: Path, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", SHOW],
        cwd=servers.ROOT,
        env=servers.process_environment(DATA_DIR=str(data_dir), **environment),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_a_command_connects_as_the_application_role_while_the_servers_run(data_dir: Path) -> None:
    postgres = Postgres(data_dir=data_dir, secrets=SecretFiles(data_dir / "secrets"))
    assert address_found(data_dir) == ""
    postgres.start()
    try:
        prepare_embedded(data_dir, start_over=False)
        connection = psycopg2.connect(address_found(data_dir))
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user, current_database()")
            assert cursor.fetchone() == ("stepwise_app", "stepwise")
        connection.close()
        assert address_found(data_dir, DATABASE_URL="postgresql:///theirs") == "postgresql:///theirs"
    finally:
        postgres.stop()
    assert address_found(data_dir) == ""
