"""A whole start on a data folder of its own, as an operator would see it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import kombu.pools
import psutil
import pytest
import redis
from celery import Celery
from kombu.exceptions import OperationalError

from tests import servers

START_SECONDS = 120.0
RETURN_SECONDS = 45.0


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """Where PostgreSQL's own user may go, unlike pytest's folders when root runs the tests."""
    folder = Path(tempfile.mkdtemp(prefix="stepwise-launch-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


class Stack:
    """One ``python -m config.launch`` with all its processes."""

    def __init__(self, data_dir: Path, **environment: str) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.output = data_dir / "output.txt"
        self._environment = {"DATA_DIR": str(data_dir), "PORT": str(self.port), "DEMO": "0", **environment}
        self.process = self._start()

    def _start(self) -> psutil.Popen:
        with self.output.open("ab") as output:
            return psutil.Popen(
                [sys.executable, "-m", "config.launch"],
                cwd=servers.ROOT,
                env=servers.process_environment(**self._environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def wait_until_ready(self) -> None:
        wait_for(lambda: "Stepwise is ready" in self.text(), START_SECONDS, self.text, alive=self.process)

    def text(self) -> str:
        return self.output.read_text(errors="replace")

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def worker_answers(self) -> bool:
        url = self._environment.get("REDIS_URL", f"redis+socket://{self.data_dir}/valkey/run/valkey.sock")
        try:
            with Celery(broker=url) as app:
                return bool(app.control.ping(timeout=1))
        except (OSError, OperationalError, redis.RedisError):
            kombu.pools.reset()  # connections to the broker that was killed
            return False

    def named(self, name: str) -> list[psutil.Process]:
        """The direct children of the supervisor with that name."""
        return [child for child in self.process.children() if child.name().startswith(name)]

    def family(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return int(self.process.wait(60))

    def start_again(self) -> None:
        self.output.unlink()
        self.process = self._start()
        self.wait_until_ready()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(
    condition: Callable[[], bool],
    seconds: float,
    explain: Callable[[], str] = str,
    *,
    alive: psutil.Popen | None = None,
) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline or (alive is not None and alive.poll() is not None):
            pytest.fail(f"It did not happen within {seconds:.0f} s.\n{explain()}", pytrace=False)
        time.sleep(0.05)


@pytest.fixture(scope="module")
def stack(data_dir: Path) -> Iterator[Stack]:
    """A real deployment on embedded servers, for all tests of one module."""
    stack = Stack(data_dir)
    try:
        stack.wait_until_ready()
        yield stack
    finally:
        if stack.process.poll() is None:
            stack.stop()


def environment_of(process: psutil.Process) -> str:
    """What the process was executed with, as anybody with its rights can read it."""
    return Path(f"/proc/{process.pid}/environ").read_bytes().decode(errors="replace")


def is_root() -> bool:
    return os.geteuid() == 0
