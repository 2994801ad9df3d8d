"""Workers and beats of the product as processes of their own, to be killed at any moment and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config.launch.foreground import leave_with_parent
from tests import servers
from tests.databases import Clone

PATIENCE = 120.0


class Crew:
    """The background processes of one test: named, each in a process group of its own, none left behind."""

    def __init__(self, *, clone: Clone, broker: servers.Broker, folder: Path) -> None:
        self._folder = folder
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = servers.process_environment(
            DATABASE_URL=clone.app_url,
            REDIS_URL=broker.url,
            SECRET_KEY=os.environ["SECRET_KEY"],
            DATA_DIR=os.environ["DATA_DIR"],
            DEMO="1",
            SWEEP_SECONDS="0.5",
        )

    def worker(self, name: str = "worker") -> None:
        options = ["--concurrency", "1", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
        self._celery(name, "worker", "--hostname", f"{name}@test", *options)
        wait_until(lambda: " ready." in self.log(name), self.log, name)

    def beat(self, name: str = "beat") -> None:
        schedule = str(self._folder / f"{name}.schedule")
        self._celery(name, "beat", "--schedule", schedule, "--pidfile=", "--loglevel", "INFO")
        wait_until(lambda: "beat: Starting" in self.log(name), self.log, name)

    def run(self, name: str, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a program of the product's interpreter. A start of the same name begins a new log."""
        parent = os.getpid()
        with self._log_of(name).open("wb") as output:
            self._processes[name] = subprocess.Popen(
                [sys.executable, *command],
                cwd=servers.ROOT,
                env=self.environment | environment,
                stdout=output,
                stderr=output,
                preexec_fn=lambda: leave_with_parent(parent=parent, death_signal=signal.SIGKILL),
            )
        return self._processes[name]

    def kill(self, name: str) -> None:
        """SIGKILL for the process and everything it started, as a power cut would."""
        process = self._processes[name]
        kill_group(process.pid)
        process.wait()

    def is_alive(self, name: str) -> bool:
        return self._processes[name].poll() is None

    def pid(self, name: str) -> int:
        return self._processes[name].pid

    def log(self, name: str = "worker") -> str:
        return self._log_of(name).read_text(errors="replace")

    def dismiss(self) -> None:
        for name in self._processes:
            self.kill(name)

    def _celery(self, name: str, *options: str) -> None:
        self.run(name, "-m", "celery", "-A", "config.celery", *options)

    def _log_of(self, name: str) -> Path:
        return self._folder / f"{name}.log"


@contextmanager
def crew_of(*, clone: Clone, broker: servers.Broker, folder: Path) -> Iterator[Crew]:
    crew = Crew(clone=clone, broker=broker, folder=folder)
    try:
        yield crew
    finally:
        crew.dismiss()


def kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def wait_until(condition: Callable[[], object], explain: Callable[..., str] = str, *arguments: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"It did not happen within {PATIENCE:.0f} s.\n{explain(*arguments)[-6000:]}", pytrace=False)
        time.sleep(0.02)
