"""Watch servers and children, start again what dies, and stop all of it in order."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from config.launch.children import Child, fork
from config.launch.refusal import CannotStart

STOP_SIGNALS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
WATCHED_SIGNALS = STOP_SIGNALS | {signal.SIGCHLD}
ROUND_SECONDS = 0.25
FIRST_DELAY_SECONDS = 0.2
LONGEST_DELAY_SECONDS = 30.0
# A part that lived this long was not failing at its start: its next restart is immediate again.
STEADY_SECONDS = 60.0


class _Process(Protocol):
    def poll(self) -> int | None: ...


class Server(Protocol):
    """PostgreSQL or Valkey."""

    name: str

    @property
    def process(self) -> _Process | None: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...


@dataclass(slots=True)
class _Watch:
    """How often in a row a part died soon after its start, and when it may be started next."""

    started_at: float = field(default_factory=time.monotonic)
    deaths: int = 0
    start_at: float | None = None

    def died(self) -> float:
        now = time.monotonic()
        self.deaths = 0 if now - self.started_at > STEADY_SECONDS else self.deaths + 1
        delay = min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2**self.deaths) if self.deaths > 1 else 0.0
        self.start_at = now + delay
        return delay

    def is_due(self) -> bool:
        return self.start_at is not None and time.monotonic() >= self.start_at

    def started(self) -> None:
        self.started_at, self.start_at = time.monotonic(), None


class Supervisor:
    """``servers`` stand in the order of their stop, ``stages`` are the names of the children that stop together."""

    def __init__(
        self,
        *,
        servers: Sequence[Server],
        children: Sequence[Child],
        stages: Sequence[frozenset[str]],
        before_stop: Callable[[], None],
        in_each_round: Callable[[], None],
    ) -> None:
        self._servers = servers
        self._children = {child.name: child for child in children}
        self._stages = stages
        self._before_stop = before_stop
        self._in_each_round = in_each_round
        self._pids: dict[str, int] = {}
        self._watches = {name: _Watch() for name in [*self._children, *(server.name for server in servers)]}

    def run(self) -> None:
        """Until a stop signal arrives. Signals are blocked and taken out one by one: none can come at a bad time."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED_SIGNALS)
        try:
            for name in self._children:
                self._start_child(name)
            while not self._stop_was_asked(ROUND_SECONDS):
                self._restart_servers()
                self._restart_children()
                self._in_each_round()
        finally:
            self._stop_children()
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _stop_was_asked(self, seconds: float) -> bool:
        info = signal.sigtimedwait(WATCHED_SIGNALS, seconds)
        return info is not None and info.si_signo in STOP_SIGNALS

    def _restart_servers(self) -> None:
        for server in self._servers:
            watch = self._watches[server.name]
            if watch.start_at is None and server.process is not None and server.process.poll() is not None:
                self._say_death(server.name, server.process.poll(), watch.died())
            if watch.is_due():
                try:
                    server.start()
                except CannotStart as error:
                    say(f"{error}\n{server.name} is tried again in {watch.died():.0f} s.")
                else:
                    watch.started()

    def _restart_children(self) -> None:
        for name, pid in list(self._pids.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del self._pids[name]
                # What the dead process had started itself (pool, web workers) must not work on beside its successor.
                _kill_group(pid)
                self._say_death(name, os.waitstatus_to_exitcode(status), self._watches[name].died())
        for name in self._children.keys() - self._pids.keys():
            if self._watches[name].is_due():
                self._start_child(name)

    def _start_child(self, name: str) -> None:
        self._pids[name] = fork(self._children[name])
        self._watches[name].started()

    def _say_death(self, name: str, status: int | None, delay: float) -> None:
        when = f"in {delay:.1f} s" if delay else "now"
        say(f"{name} ended unexpectedly (status {status}); it is started again {when}.")

    def _stop_children(self) -> None:
        """Web and beat first, so that nothing new is asked for; then the worker, which finishes what it is doing."""
        self._before_stop()
        for stage in self._stages:
            pids = {name: pid for name, pid in self._pids.items() if name in stage}
            for pid in pids.values():
                os.kill(pid, signal.SIGTERM)
            for name, pid in pids.items():
                self._wait_for(pid, seconds=self._children[name].stop_seconds)
                del self._pids[name]

    def _wait_for(self, pid: int, *, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while os.waitpid(pid, os.WNOHANG)[0] == 0:
            # A second Ctrl-C says that nobody wants to wait.
            if time.monotonic() > deadline or self._stop_was_asked(0.05):
                _kill_group(pid)
                os.waitpid(pid, 0)
                return
        _kill_group(pid)


def say(message: str) -> None:
    print(f"stepwise: {message}", file=sys.stderr, flush=True)


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
