"""``python -m config.launch``: servers, provisioning, first content, then web, worker and beat until Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn

from config.launch import children, configuration
from config.launch.announcement import Announcement
from config.launch.configuration import ROOT, Configuration
from config.launch.postgres import Postgres
from config.launch.refusal import CannotStart
from config.launch.roles import APP, DATABASE
from config.launch.secret_files import KeyFiles, SecretFiles, read_secret
from config.launch.supervisor import STOP_SIGNALS, Supervisor, say
from config.launch.valkey import Valkey

# A start that was killed leaves its web process a moment to finish; the port is asked for until then.
PORT_SECONDS = 5.0
STAGES = (frozenset({"web", "beat"}), frozenset({"worker"}))


def main(arguments: list[str]) -> int:
    configuration.withdraw_from_environment(arguments)
    os.umask(0o077)  # mail, reports and logs in the data folder are nobody else's business
    for number in STOP_SIGNALS:
        signal.signal(number, _interrupt)
    try:
        run(configuration.read_configuration(os.environ))
    except CannotStart as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("stopped before it was ready.")
        return 130
    return 0


def run(start: Configuration) -> None:
    """One start, from the lock to the last stop. What was started is stopped, whatever happens in between."""
    with ExitStack() as stack:
        lock = stack.enter_context(_only_start(start.data_dir))
        listener = stack.enter_context(_listener(start))
        secrets = SecretFiles(start.data_dir / "secrets")
        servers = _start_servers(start, secrets, stack)
        _set_environment(start, secrets, servers)
        keys = KeyFiles(
            signing=start.signing_key_file or secrets.signing_key, vault=start.vault_keys_file or secrets.vault_keys
        )
        _prepare(start, keys, stack)
        children.share_memory()
        _supervise(start, servers=servers, keys=keys, listener=listener, lock=lock)
        say("stopping the servers.")


def _start_servers(start: Configuration, secrets: SecretFiles, stack: ExitStack) -> list[Postgres | Valkey]:
    """The embedded servers that the start needs, in the order of their stop: broker first, database last."""
    servers: list[Postgres | Valkey] = []
    if start.database_url is None:
        postgres = Postgres(data_dir=start.data_dir, secrets=secrets)
        stack.callback(postgres.stop)
        postgres.start()
        servers.append(postgres)
    secrets.make_missing()
    if start.redis_url is None:
        valkey = Valkey(data_dir=start.data_dir)
        stack.callback(valkey.stop)
        valkey.start()
        servers.insert(0, valkey)
    return servers


def _set_environment(start: Configuration, secrets: SecretFiles, servers: list[Postgres | Valkey]) -> None:
    """For this process and all that it starts. The owner's secret and the keys' paths are not among these."""
    for server in servers:
        if isinstance(server, Valkey):
            os.environ["REDIS_URL"] = server.url
        else:
            password = read_secret(secrets.app_password)
            os.environ["DATABASE_URL"] = server.url(role=APP, password=password, database=DATABASE)
    os.environ.update(
        DJANGO_SETTINGS_MODULE="config.settings",
        DATA_DIR=str(start.data_dir),
        DEMO="1" if start.demo else "0",
        HOST=start.host,
        PORT=str(start.port),
    )
    os.environ.setdefault("SECRET_KEY", read_secret(secrets.secret_key))
    os.environ.setdefault("ALLOWED_HOSTS", configuration.allowed_hosts(start))


def _prepare(start: Configuration, keys: KeyFiles, stack: ExitStack) -> None:
    """Provision while the application is imported; at the first start also make the first accounts."""
    made = configuration.first_start_file(start.data_dir)
    making = made.with_name("preparing")
    environment = {**os.environ, **keys.environment()}
    # Nobody has worked with a database whose first start was broken off: it is made again from the beginning.
    provision = _provision(start, environment=environment, start_over=making.exists())
    if provision:
        stack.callback(_end, provision)
    children.import_application()
    if provision and provision.wait():
        raise CannotStart("The database could not be provisioned; the reason stands above.")
    if provision is None and _manage("vault", "check", environment=environment):
        raise CannotStart("The vault could not be read with the keys of this start; the reason stands above.")
    if made.exists():
        return
    making.touch()
    say("first start: making the demonstration trial." if start.demo else "first start: making the first account.")
    command = "demo_seed" if start.demo else "first_administrator"
    if _manage(command, environment=environment):
        raise CannotStart(
            f"The first start failed in '{command}'; the reason stands above. The next start begins anew."
        )
    made.write_text("demo\n" if start.demo else "real\n", encoding="ascii")
    making.unlink()


def _provision(
    start: Configuration, *, environment: dict[str, str], start_over: bool
) -> subprocess.Popen[bytes] | None:
    """None when the server is the operator's and we were not given its owner: then it must have been provisioned."""
    options = ["--data-dir", str(start.data_dir)]
    descriptors: tuple[int, ...] = ()
    if start.owner_descriptor is not None:
        options += ["--owner-descriptor", str(start.owner_descriptor)]
        descriptors = (start.owner_descriptor,)
    elif start.database_url is not None:
        say("OWNER_DATABASE_URL is not set: the database is taken as provisioned (see docs/operations.md).")
        return None
    elif start_over:
        options.append("--start-over")
    process = subprocess.Popen(
        [sys.executable, "-m", "config.launch.provisioning", *options], cwd=ROOT, env=environment, pass_fds=descriptors
    )
    for descriptor in descriptors:
        os.close(descriptor)
    return process


def _manage(*command: str, environment: dict[str, str]) -> int:
    """The exit status of a command of the application; what it has to say stands in the terminal."""
    return subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=False).returncode


def _supervise(
    start: Configuration,
    *,
    servers: list[Postgres | Valkey],
    keys: KeyFiles,
    listener: socket.socket,
    lock: int,
) -> None:
    parts = children.children(
        listener=listener,
        lock=lock,
        keys=keys,
        web_workers=start.web_workers,
        worker_processes=start.worker_processes,
    )
    supervisor = Supervisor(
        servers=servers, children=parts, stages=STAGES, before_stop=listener.close, in_each_round=Announcement(start)
    )
    supervisor.run()


@contextmanager
def _only_start(data_dir: Path) -> Iterator[int]:
    """One start per data folder. Two supervisors would stop each other's servers."""
    path = data_dir / "run.lock"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise CannotStart(f"Stepwise already runs on {data_dir} (process {file.read().strip()}).") from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield file.fileno()


@contextmanager
def _listener(start: Configuration) -> Iterator[socket.socket]:
    """The site's socket, held here: a web process that dies and returns loses no connection and no port."""
    family = socket.AF_INET6 if ":" in start.host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        deadline = time.monotonic() + PORT_SECONDS
        while True:
            try:
                listener.bind((start.host, start.port))
                break
            except OSError as error:
                if time.monotonic() > deadline or isinstance(error, (PermissionError, socket.gaierror)):
                    where = f"{start.host}:{start.port}"
                    raise CannotStart(f"{where} cannot be used: {error.strerror}. Set PORT or HOST.") from error
                time.sleep(0.25)
        yield listener


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        process.wait()


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
