"""What the environment may say, and what is refused before anything is started."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from config.launch.configuration import allowed_hosts, first_start_file, read_configuration
from config.launch.refusal import CannotStart
from config.launch.secret_files import SecretFiles, read_secret


def test_nothing_set_means_a_demonstration_on_this_machine_alone(tmp_path: Path) -> None:
    start = read_configuration({"DATA_DIR": str(tmp_path)})
    assert (start.host, start.port, start.demo) == ("127.0.0.1", 8000, True)
    assert (start.database_url, start.redis_url, start.owner_descriptor) == (None, None, None)
    assert start.address == "http://127.0.0.1:8000/"


@pytest.mark.parametrize("said", ["0", "false", "No", " off "])
def test_a_real_deployment_is_asked_for(tmp_path: Path, said: str) -> None:
    assert read_configuration({"DATA_DIR": str(tmp_path), "DEMO": said}).demo is False


@pytest.mark.parametrize(("made", "demo"), [("demo", True), ("real", False)])
def test_a_data_folder_stays_what_it_was_made_as(tmp_path: Path, made: str, demo: bool) -> None:
    first_start_file(tmp_path).write_text(f"{made}\n")
    assert read_configuration({"DATA_DIR": str(tmp_path)}).demo is demo


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "http"), ("PORT", "0"), ("PORT", "65536"), ("PORT", "-1"), ("DEMO", "perhaps"), ("WEB_WORKERS", "0")],
)
def test_what_cannot_be_understood_is_refused_by_name(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(CannotStart, match=name):
        read_configuration({"DATA_DIR": str(tmp_path), name: value})


@pytest.mark.parametrize(
    ("host", "demo", "answers"),
    [("127.0.0.1", "1", False), ("0.0.0.0", "1", True), ("0.0.0.0", "0", False)],
)
def test_only_an_opened_demonstration_answers_to_any_name(tmp_path: Path, host: str, demo: str, answers: bool) -> None:
    start = read_configuration({"DATA_DIR": str(tmp_path), "HOST": host, "DEMO": demo})
    assert (allowed_hosts(start) == "*") is answers


def test_secrets_are_made_once_and_differ(tmp_path: Path) -> None:
    files = SecretFiles(tmp_path / "secrets")
    files.make_missing()
    paths = [files.superuser_password, files.owner_password, files.app_password, files.secret_key, files.signing_key]
    first = [read_secret(path) for path in paths]
    files.make_missing()
    assert [read_secret(path) for path in paths] == first
    assert len(set(first)) == len(paths)
    assert all(len(bytes.fromhex(secret)) == 32 for secret in first)


def test_an_installation_from_before_the_vault_gets_its_first_key_at_the_next_start(tmp_path: Path) -> None:
    files = SecretFiles(tmp_path / "secrets")
    files.make_missing()
    files.vault_keys.unlink()
    assert files.are_complete()
    files.make_missing()
    key = read_secret(files.vault_keys)
    Fernet(key)
    files.make_missing()
    assert read_secret(files.vault_keys) == key


def test_a_secret_that_others_may_read_is_refused(tmp_path: Path) -> None:
    files = SecretFiles(tmp_path / "secrets")
    files.make_missing()
    files.signing_key.chmod(0o640)
    with pytest.raises(CannotStart, match="may be read by others"):
        read_secret(files.signing_key)
