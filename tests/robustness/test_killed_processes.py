"""What is due happens exactly once, whoever is killed with SIGKILL and whenever."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections.abc import Callable

import psutil

from tests import servers
from tests.robustness.conftest import DueTrial
from tests.robustness.processes import Crew, wait_until

Make = Callable[..., DueTrial]


def assert_everything_exactly_once(trial: DueTrial) -> None:
    carried_out = trial.carried_out()
    assert len(carried_out) == trial.items
    assert {times for _, times in carried_out} == {1}
    # Coordinator and principal investigator see every visit; a sub-investigator as well. Once each.
    told = trial.told_per_person()
    assert len(told) == 3
    assert {messages for _, messages in told} == {trial.items}


def test_a_worker_killed_at_random_moments_loses_and_doubles_nothing(make_due: Make, crew: Crew) -> None:
    trial = make_due(200, pause=0.02)
    assert trial.items >= 200
    chance = random.Random(2718)
    trial.let_all_fall_due()
    crew.beat()
    kills = 0
    while not trial.is_done():
        crew.worker()
        before = trial.done()
        wait_until(lambda before=before: trial.done() > before or trial.is_done(), crew.log)
        time.sleep(chance.uniform(0, 0.5))
        if kills < 4:
            crew.kill("worker")
            kills += 1
        else:
            wait_until(trial.is_done, crew.log)
    assert kills >= 3
    assert_everything_exactly_once(trial)


def test_a_killed_pool_process_is_replaced_and_its_work_done_once(make_due: Make, crew: Crew) -> None:
    trial = make_due(120)
    trial.let_all_fall_due()
    crew.worker()
    crew.beat()
    for _ in range(2):
        before = trial.done()
        wait_until(lambda before=before: trial.done() > before or trial.is_done(), crew.log)
        for child in psutil.Process(crew.pid("worker")).children():
            child.kill()
    wait_until(trial.is_done, crew.log)
    assert crew.is_alive("worker")
    assert_everything_exactly_once(trial)


def test_a_killed_beat_delays_and_loses_nothing(make_due: Make, crew: Crew) -> None:
    trial = make_due(8, pause=0)
    crew.worker()
    crew.beat()
    wait_until(lambda: "config.tasks.sweep" in crew.log() and "succeeded" in crew.log(), crew.log)
    crew.kill("beat")
    time.sleep(1)
    trial.let_all_fall_due()
    time.sleep(1.5)
    assert trial.done() == 0
    crew.beat()
    wait_until(trial.is_done, crew.log)
    assert_everything_exactly_once(trial)


def test_two_workers_and_two_beats_share_the_work_and_double_nothing(make_due: Make, crew: Crew) -> None:
    trial = make_due(200)
    crew.worker("first")
    crew.worker("second")
    crew.beat("first-beat")
    crew.beat("second-beat")
    trial.let_all_fall_due()
    wait_until(trial.is_done, lambda: crew.log("first") + crew.log("second"))
    assert trial.sessions() >= 2
    assert_everything_exactly_once(trial)


def test_a_broker_that_is_killed_and_comes_back_empty_costs_a_delay_only(
    make_due: Make, crew: Crew, broker: servers.Broker
) -> None:
    trial = make_due(100)
    crew.worker()
    crew.beat()
    trial.let_all_fall_due()
    wait_until(lambda: trial.done() > 0, crew.log)
    assert broker.valkey.process is not None
    os.kill(broker.valkey.process.pid, signal.SIGKILL)
    broker.valkey.process.wait()
    for left in broker.valkey.folder.glob("appendonlydir"):
        shutil.rmtree(left)
    broker.valkey.start()

    def done_with_a_supervisor() -> bool:
        """What the supervisor of a start does: a part that ended is started again."""
        for name, start in (("worker", crew.worker), ("beat", crew.beat)):
            if not crew.is_alive(name):
                start()
        return trial.is_done()

    wait_until(done_with_a_supervisor, crew.log)
    assert_everything_exactly_once(trial)
