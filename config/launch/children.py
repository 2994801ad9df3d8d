"""Web, worker and beat: forked from one process that has imported everything, so that they share its memory."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass

from config.launch.foreground import leave_with_parent, show_name
from config.launch.secret_files import KeyFiles

WEB_THREADS = 4
GRACEFUL_SECONDS = 10
REQUEST_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Child:
    """A part of the application as a process. ``run`` returns when the process was asked to end."""

    name: str
    run: Callable[[], None]
    death_signal: signal.Signals
    stop_seconds: float


def fork(child: Child) -> int:
    """Start the child; returns its process number, which is also the number of its process group."""
    parent = os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        leave_with_parent(parent=parent, death_signal=child.death_signal)
        show_name(f"stepwise-{child.name}")
        gc.enable()
        child.run()
        status = 0
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else int(bool(stop.code))
    except BaseException:  # a child never returns into the supervisor's code, whatever happened in it
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def import_application() -> None:
    """Import all that the children run, before the fork. Nothing in it may open a connection that they would share."""
    import gunicorn.app.base
    import gunicorn.workers.gthread  # noqa: F401

    from config.celery import app
    from config.wsgi import application  # noqa: F401

    app.loader.import_default_modules()


def share_memory() -> None:
    """Close what must not be shared and move all objects out of the collector's sight: it would copy every page."""
    from django.db import connections

    connections.close_all()
    gc.disable()
    gc.collect()
    gc.freeze()


def children(
    *, listener: socket.socket, lock: int, keys: KeyFiles, web_workers: int, worker_processes: int
) -> tuple[Child, ...]:
    """In the order of their start. Beat is killed outright with its parent: it may sleep for long, and holds nothing.

    ``lock`` is the start's own: a child that outlives a killed start must not keep the next one out.
    """

    def web() -> None:
        os.close(lock)
        _web(listener, keys=keys, workers=web_workers)

    def worker() -> None:
        os.close(lock)
        listener.close()
        _worker(processes=worker_processes)

    def beat() -> None:
        os.close(lock)
        listener.close()
        _beat()

    return (
        Child("web", web, signal.SIGTERM, GRACEFUL_SECONDS + 5.0),
        Child("worker", worker, signal.SIGTERM, 60.0),
        Child("beat", beat, signal.SIGKILL, 5.0),
    )


def _web(listener: socket.socket, *, keys: KeyFiles, workers: int) -> None:
    from django.conf import settings
    from gunicorn.app.base import BaseApplication

    from config.wsgi import application

    # Of the three, only web signs and opens the vault. The settings were read before the fork, without the keys.
    for name, path in keys.environment().items():
        os.environ[name] = path
        setattr(settings, name, path)

    class Web(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
        def load_config(self) -> None:
            options = {
                "bind": f"fd://{listener.fileno()}",
                "workers": workers,
                "threads": WEB_THREADS,
                "worker_class": "gthread",
                "timeout": REQUEST_SECONDS,
                "graceful_timeout": GRACEFUL_SECONDS,
                "preload_app": True,
                "loglevel": "warning",
                "control_socket_disable": True,
            }
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> object:
            return application

    sys.argv = ["stepwise-web"]
    Web().run()


def _worker(*, processes: int) -> None:
    from celery.platforms import SecurityWarning

    from config.celery import app

    # The danger that Celery warns root of is a message that carries code; this one takes JSON alone.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    sys.argv = ["stepwise-worker"]
    worker = app.Worker(
        pool_cls="prefork",
        concurrency=processes,
        loglevel="WARNING",
        quiet=True,
        without_gossip=True,
        without_mingle=True,
    )
    worker.start()
    sys.exit(worker.exitcode)


def _beat() -> None:
    from config.celery import app

    sys.argv = ["stepwise-beat"]
    app.Beat(loglevel="WARNING", quiet=True).run()
