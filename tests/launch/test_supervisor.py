"""The supervisor with small children of its own: order of the stop, pauses between restarts, insistence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from config.launch.children import Child
from config.launch.supervisor import LONGEST_DELAY_SECONDS, STEADY_SECONDS, Supervisor, _Watch
from tests import servers

STAGES = (frozenset({"web", "beat"}), frozenset({"worker"}))


def polite(name: str, log: Path, *, needs: float) -> Child:
    """A child that takes its time to end, and writes down when it was asked and when it ended."""

    def run() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        signal.sigwait({signal.SIGTERM})
        _write(log, f"{name} asked")
        time.sleep(needs)
        _write(log, f"{name} ended")

    return Child(name, run, signal.SIGKILL, 10.0)


def deaf(name: str, log: Path) -> Child:
    """A child that does not end when asked."""

    def run() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _write(log, f"{name} started")
        time.sleep(60)

    return Child(name, run, signal.SIGKILL, 0.3)


def failing(name: str, log: Path) -> Child:
    def run() -> None:
        _write(log, f"{name} started")
        sys.exit(3)

    return Child(name, run, signal.SIGKILL, 1.0)


def _write(log: Path, line: str) -> None:
    with log.open("a") as file:
        file.write(f"{line}\n")


def supervise(log: Path, *, scene: str, seconds: float) -> None:
    """Runs in a process of its own, because a supervisor forks and takes the signals."""
    scenes = {
        "polite": [polite("web", log, needs=0.2), polite("worker", log, needs=0.4), polite("beat", log, needs=0.0)],
        "deaf": [deaf("web", log), polite("worker", log, needs=0.0)],
        "failing": [failing("beat", log)],
    }
    end = time.monotonic() + seconds

    def stop_in_time() -> None:
        if time.monotonic() > end:
            os.kill(os.getpid(), signal.SIGTERM)

    Supervisor(
        servers=[],
        children=scenes[scene],
        stages=STAGES,
        before_stop=lambda: _write(log, "closed"),
        in_each_round=stop_in_time,
    ).run()


def lines_of(tmp_path: Path, scene: str, *, seconds: float) -> list[str]:
    log = tmp_path / "log"
    command = [sys.executable, "-m", "tests.launch.test_supervisor", str(log), scene, str(seconds)]
    subprocess.run(command, cwd=servers.ROOT, check=True, timeout=30)
    return log.read_text().splitlines()


def test_the_worker_is_asked_to_end_when_web_and_beat_have_ended(tmp_path: Path) -> None:
    lines = lines_of(tmp_path, "polite", seconds=0.5)
    assert lines[0] == "closed"
    assert max(lines.index("web ended"), lines.index("beat ended")) < lines.index("worker asked")
    assert lines[-1] == "worker ended"


def test_a_child_that_does_not_end_is_ended(tmp_path: Path) -> None:
    assert lines_of(tmp_path, "deaf", seconds=0.5) == ["web started", "closed", "worker asked", "worker ended"]


def test_a_child_that_dies_at_once_is_started_again_and_again_but_not_in_a_frenzy(tmp_path: Path) -> None:
    starts = lines_of(tmp_path, "failing", seconds=2.0).count("beat started")
    assert 2 <= starts <= 5


def test_pauses_grow_up_to_a_bound_and_end_with_steady_life() -> None:
    watch = _Watch()
    delays = [watch.died() for _ in range(12)]
    assert delays[0] == 0.0
    assert delays[1:] == sorted(delays[1:])
    assert delays[-1] == LONGEST_DELAY_SECONDS
    watch.started_at = time.monotonic() - STEADY_SECONDS - 1
    assert watch.died() == 0.0


if __name__ == "__main__":
    supervise(Path(sys.argv[1]), scene=sys.argv[2], seconds=float(sys.argv[3]))
