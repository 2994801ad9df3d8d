"""Start a server program as a child that cannot outlive us, wait until it answers, stop it in good order."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

from config.launch.places import ServerUser
from config.launch.refusal import CannotStart

PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15
LARGEST_LOG_BYTES = 10_000_000
_libc = ctypes.CDLL(None, use_errno=True)


def leave_with_parent(*, parent: int, death_signal: signal.Signals) -> None:
    """In a fresh child: own process group, and a signal from the kernel when the parent is gone.

    The own group keeps a terminal's Ctrl-C away, so that the supervisor can stop its children in order.
    """
    os.setpgid(0, 0)
    _libc.prctl(PR_SET_PDEATHSIG, int(death_signal))
    signal.pthread_sigmask(signal.SIG_SETMASK, set())
    if os.getppid() != parent:  # it died before the kernel knew whom to watch
        os._exit(1)


def show_name(name: str) -> None:
    """The name under which ``ps`` and ``top`` show this process: at most 15 bytes."""
    _libc.prctl(PR_SET_NAME, name.encode()[:15])


def start_foreground(
    command: list[str], *, log: Path, user: ServerUser | None, death_signal: signal.Signals
) -> subprocess.Popen[bytes]:
    """Start the program in the foreground, as ``user`` if given, with its output in ``log``."""
    if log.exists() and log.stat().st_size > LARGEST_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    parent = os.getpid()
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=bare_environment(),
            # The death signal is forgotten at a change of user: preexec_fn runs after it.
            preexec_fn=lambda: leave_with_parent(parent=parent, death_signal=death_signal),
            **as_user(user),
        )


class Identity(TypedDict, total=False):
    """As whom ``subprocess`` starts a program."""

    user: int
    group: int
    extra_groups: list[int]


def as_user(user: ServerUser | None) -> Identity:
    """Arguments of ``subprocess`` that give up root's rights."""
    return {"user": user.uid, "group": user.gid, "extra_groups": []} if user else {}


def bare_environment() -> dict[str, str]:
    """A server program needs nothing of ours, secrets least of all."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


def wait_until_ready(
    ready: Callable[[], bool], *, process: subprocess.Popen[bytes], seconds: float, name: str, log: Path
) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None:
            raise CannotStart(f"{name} did not start. The end of {log}:\n{_tail(log)}")
        if time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise CannotStart(f"{name} did not answer within {seconds:.0f} s. The end of {log}:\n{_tail(log)}")
        time.sleep(0.02)


def stop_foreground(process: subprocess.Popen[bytes], *, stop_signal: signal.Signals, seconds: float) -> None:
    """Ask, wait, and insist when the time is over."""
    if process.poll() is not None:
        return
    process.send_signal(stop_signal)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGQUIT)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-2000:]
