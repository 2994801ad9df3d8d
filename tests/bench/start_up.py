"""The whole product from one command: how long until the first page, and how much memory it needs at rest."""

from __future__ import annotations

import http.client
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests import servers
from tests.bench.figure import Figure, at_most
from tests.databases import Databases

START_SECONDS, MEMORY_MEGABYTES = 15.0, 700.0
PATIENCE = 300.0
SETTLING_SECONDS = 15.0  # every part has done its first work by then: pages, sweeps, e-mails
PAGE = "/sign-in/"


def measure(databases: Databases) -> list[Figure]:
    folder = Path(tempfile.mkdtemp(prefix="stepwise-bench-"))
    folder.chmod(0o711)  # PostgreSQL's own user goes through it
    try:
        with _started(folder) as (_, first):
            pass
        with _started(folder) as (start, warm):
            _look(start, times=20)
            time.sleep(SETTLING_SECONDS)
            memory = _memory_megabytes(start.process)
    finally:
        shutil.rmtree(folder)
    return [
        at_most(None, name="first start until the first page, with the demonstration", value=first, unit="s"),
        at_most(START_SECONDS, name="warm start until the first page", value=warm, unit="s"),
        at_most(MEMORY_MEGABYTES, name="memory of the whole stack at rest (PSS)", value=memory, unit="MB"),
    ]


class _Start:
    """``./run`` on a data folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "output.txt"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        with self._log.open("wb") as output:
            self.process = psutil.Popen(
                ["./run"],
                cwd=servers.ROOT,
                env=servers.process_environment(DATA_DIR=str(folder), PORT=str(self.port), DEMO="1"),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def answers(self) -> bool:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            link.request("GET", PAGE)
            return link.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False
        finally:
            link.close()

    def wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"./run did not start:\n{self._log.read_text(errors='replace')[-4000:]}")
            time.sleep(0.02)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)


@contextmanager
def _started(folder: Path) -> Iterator[tuple[_Start, float]]:
    began = time.monotonic()
    start = _Start(folder)
    try:
        start.wait()
        yield start, time.monotonic() - began
    finally:
        start.stop()


def _look(start: _Start, *, times: int) -> None:
    """Several times, so that every web process has shown a page."""
    for _ in range(times):
        start.answers()


def _memory_megabytes(process: psutil.Process) -> float:
    """Of the supervisor and everything it started: proportional set size, which counts shared pages once."""
    family = [process, *process.children(recursive=True)]
    return sum(member.memory_full_info().pss for member in family) / 2**20
