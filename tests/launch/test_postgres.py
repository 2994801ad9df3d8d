"""The embedded server by itself: roles, passwords, moved folders, refusals."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from config.launch import places
from config.launch.places import ServerUser
from config.launch.postgres import SUPERUSER, Postgres
from config.launch.provisioning import prepare_embedded
from config.launch.refusal import CannotStart
from config.launch.roles import APP, DATABASE, OWNER
from config.launch.secret_files import SecretFiles, read_secret
from tests.launch.conftest import is_root


@pytest.fixture(scope="module")
def secrets(data_dir: Path) -> SecretFiles:
    return SecretFiles(data_dir / "secrets")


@pytest.fixture(scope="module")
def postgres(data_dir: Path, secrets: SecretFiles) -> Iterator[Postgres]:
    postgres = Postgres(data_dir=data_dir, secrets=secrets)
    postgres.start()
    prepare_embedded(data_dir, start_over=False)
    yield postgres
    postgres.stop()


def app_url(postgres: Postgres, secrets: SecretFiles, database: str = DATABASE) -> str:
    return postgres.url(role=APP, password=read_secret(secrets.app_password), database=database)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TEMPORARY TABLE shadow (id int)",
        "CREATE TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT NULL::timestamptz'",
        "SET session_replication_role = replica",
        f"SET ROLE {OWNER}",
        f"ALTER ROLE {APP} SUPERUSER",
        "CREATE DATABASE mine",
    ],
)
def test_the_application_role_may_not(postgres: Postgres, secrets: SecretFiles, statement: str) -> None:
    connection = psycopg2.connect(app_url(postgres, secrets))
    connection.autocommit = True
    with connection.cursor() as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
        cursor.execute(statement)
    connection.close()


@pytest.mark.parametrize("database", ["postgres", "template1"])
def test_the_application_role_enters_its_own_database_only(
    postgres: Postgres, secrets: SecretFiles, database: str
) -> None:
    with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
        psycopg2.connect(app_url(postgres, secrets, database))


@pytest.mark.parametrize("role", [SUPERUSER, OWNER, APP])
def test_nobody_enters_without_the_password(postgres: Postgres, role: str) -> None:
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(postgres.url(role=role, password="wrong", database=DATABASE))


def test_the_owner_is_no_superuser_and_makes_no_databases(postgres: Postgres, secrets: SecretFiles) -> None:
    url = postgres.url(role=OWNER, password=read_secret(secrets.owner_password), database=DATABASE)
    connection = psycopg2.connect(url)
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles")
        rights = {name: tuple(may) for name, *may in cursor.fetchall()}
        cursor.execute("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()")
        assert cursor.fetchone() == (OWNER,)
    connection.close()
    assert rights[OWNER] == rights[APP] == (False, False, False, False)


def test_the_server_listens_on_no_network_and_survives_a_failing_machine(
    postgres: Postgres, secrets: SecretFiles
) -> None:
    url = postgres.url(role=SUPERUSER, password=read_secret(secrets.superuser_password), database="postgres")
    connection = psycopg2.connect(url)
    with connection.cursor() as cursor:
        for name, value in {"listen_addresses": "", "fsync": "on", "data_checksums": "on", "TimeZone": "UTC"}.items():
            cursor.execute(f"SHOW {name}")
            assert cursor.fetchone() == (value,)
    connection.close()


def test_a_server_that_a_killed_start_left_is_replaced(
    postgres: Postgres, data_dir: Path, secrets: SecretFiles
) -> None:
    successor = Postgres(data_dir=data_dir, secrets=secrets)
    successor.start()
    try:
        assert postgres.process is not None
        assert postgres.process.wait(10) == 0
        psycopg2.connect(app_url(successor, secrets)).close()
    finally:
        successor.stop()
        postgres.start()


def test_data_without_their_secrets_are_refused(postgres: Postgres, data_dir: Path, tmp_path: Path) -> None:
    stranger = Postgres(data_dir=data_dir, secrets=SecretFiles(tmp_path / "secrets"))
    with pytest.raises(CannotStart, match="secrets are missing"):
        stranger.start()


@pytest.mark.skipif(not is_root(), reason="only root starts the server as another user")
def test_under_a_closed_home_the_data_move_and_no_permission_is_widened(monkeypatch: pytest.MonkeyPatch) -> None:
    home, elsewhere = (Path(tempfile.mkdtemp(prefix="stepwise-launch-")) for _ in range(2))
    elsewhere.chmod(0o755)
    monkeypatch.setattr(places, "FOLDERS_FOR_MOVED_DATA", (elsewhere,))
    data_dir = places.data_folder(home / "clone" / "var")
    postgres = Postgres(data_dir=data_dir, secrets=SecretFiles(data_dir / "secrets"))
    try:
        postgres.start()
        assert postgres.folder.parent == elsewhere
        assert postgres.folder.stat().st_mode & 0o777 == 0o700
        assert home.stat().st_mode & 0o777 == 0o700
        again = Postgres(data_dir=data_dir, secrets=SecretFiles(data_dir / "secrets"))
        assert again.folder == postgres.folder
    finally:
        postgres.stop()
        shutil.rmtree(home)
        shutil.rmtree(elsewhere)


def test_a_folder_that_a_stranger_put_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "target")
    (tmp_path / "open").mkdir(mode=0o755)
    for name in ("link", "open"):
        with pytest.raises(CannotStart, match="nobody else may enter"):
            places.closed_folder(tmp_path / name)


def test_a_long_path_gets_a_short_socket_folder(tmp_path: Path) -> None:
    deep = tmp_path / ("a" * 60) / ("b" * 60)
    deep.mkdir(parents=True)
    folder = places.socket_folder(deep, user=None)
    assert len(str(folder)) <= places.LONGEST_SOCKET_FOLDER
    assert folder == places.socket_folder(deep, user=None)
    folder.rmdir()


def test_a_closed_parent_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o700)
    stranger = ServerUser("stranger", 65533, 65533)
    assert not places.may_reach(tmp_path / "closed", user=stranger)
    assert places.may_reach(tmp_path / "closed", user=None)
