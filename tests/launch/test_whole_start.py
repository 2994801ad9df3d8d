"""One start: what its processes hold, what happens when they are killed, how it stops and goes on."""

from __future__ import annotations

import signal
import subprocess
import sys

import psutil
import pytest

from config.launch.secret_files import SecretFiles, read_secret
from tests import servers
from tests.launch.conftest import RETURN_SECONDS, Stack, environment_of, wait_for

PARTS = ("stepwise-web", "stepwise-worker", "stepwise-beat")


def test_the_site_and_the_worker_answer(stack: Stack) -> None:
    assert stack.answers()
    wait_for(stack.worker_answers, RETURN_SECONDS, stack.text)


def test_a_real_deployment_shows_no_demonstration_account(stack: Stack) -> None:
    assert f"http://127.0.0.1:{stack.port}/" in stack.text()
    assert "Password of all accounts" not in stack.text()


def test_no_process_of_the_site_was_given_the_secrets_of_owner_and_superuser(stack: Stack) -> None:
    secrets = SecretFiles(stack.data_dir / "secrets")
    forbidden = [
        read_secret(path)
        for path in (secrets.owner_password, secrets.superuser_password, secrets.signing_key, secrets.vault_keys)
    ]
    for process in stack.family():
        seen = environment_of(process) + " ".join(process.cmdline())
        assert "OWNER_DATABASE_URL" not in seen
        assert "SIGNING_KEY_FILE" not in seen
        assert "VAULT_KEYS_FILE" not in seen
        assert not [secret for secret in forbidden if secret in seen]


def test_the_secrets_are_closed_to_others(stack: Stack) -> None:
    folder = stack.data_dir / "secrets"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_a_second_start_on_the_same_data_is_refused(stack: Stack) -> None:
    environment = servers.process_environment(DATA_DIR=str(stack.data_dir), PORT=str(stack.port + 1), DEMO="0")
    second = subprocess.run(
        [sys.executable, "-m", "config.launch"], cwd=servers.ROOT, env=environment, capture_output=True, text=True
    )
    assert second.returncode == 1
    assert f"already runs on {stack.data_dir} (process {stack.process.pid})" in second.stderr
    assert stack.answers()


def test_at_rest_the_whole_stack_needs_less_than_700_megabytes(stack: Stack) -> None:
    used = sum(process.memory_full_info().pss for process in stack.family())
    assert used < 700 * 1024 * 1024


@pytest.mark.parametrize("name", ["valkey", "postgres", *PARTS])
def test_what_is_killed_comes_back(stack: Stack, name: str) -> None:
    (before,) = stack.named(name)
    before.kill()
    wait_for(lambda: [p.pid for p in stack.named(name)] not in ([], [before.pid]), RETURN_SECONDS, stack.text)
    wait_for(stack.answers, RETURN_SECONDS, stack.text)
    wait_for(stack.worker_answers, RETURN_SECONDS, stack.text)
    assert stack.process.poll() is None


def test_ctrl_c_stops_everything_and_the_next_start_goes_on_with_the_same_data(stack: Stack) -> None:
    family = stack.family()
    assert stack.stop(signal.SIGINT) == 0
    assert not [process for process in family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
    stack.start_again()
    assert "first start" not in stack.text()
    assert stack.answers()


def test_a_killed_supervisor_leaves_nothing_and_can_be_started_again(stack: Stack) -> None:
    family = stack.family()
    stack.process.kill()
    stack.process.wait()
    wait_for(lambda: not [p for p in family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE], RETURN_SECONDS)
    stack.start_again()
    assert stack.answers()


def test_a_first_start_that_was_broken_off_begins_anew(stack: Stack) -> None:
    stack.stop()
    (stack.data_dir / "prepared").rename(stack.data_dir / "preparing")
    stack.start_again()
    assert "first start" in stack.text()
    assert (stack.data_dir / "prepared").read_text() == "real\n"
    assert not (stack.data_dir / "preparing").exists()
    assert stack.answers()
