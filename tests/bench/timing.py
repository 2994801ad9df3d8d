"""Measure two things beside each other: in turns, so that whatever else the machine does falls on both."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

Act = Callable[[], object]


def milliseconds(act: Act) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def in_turns(first: Act, second: Act, *, rounds: int) -> tuple[float, float]:
    """Medians of both in milliseconds; which of them comes first changes from round to round."""
    of_first, of_second = [], []
    with _no_collection():
        for number in range(rounds):
            pair = [(first, of_first), (second, of_second)]
            for act, measured in pair if number % 2 else reversed(pair):
                measured.append(milliseconds(act))
    return median(of_first), median(of_second)


@contextmanager
def _no_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
