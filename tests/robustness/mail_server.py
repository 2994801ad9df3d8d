"""A small mail server that speaks SMTP, keeps what it accepted, and can be told to behave badly."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message


class MailServer(socketserver.ThreadingTCPServer):
    """``answer_to_data`` is said after a message; ``on_message`` runs between the acceptance and that answer."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.accepted: list[Message] = []
        self.answer_to_recipient = "250 yes"
        self.answer_to_data = "250 taken"
        self.on_message: Callable[[], None] = lambda: None

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def message_ids(self) -> list[str]:
        return [message["Message-ID"] for message in self.accepted]


class _Session(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self._say("220 ready")
        while line := self.rfile.readline():
            command = line.split(b":")[0].strip().upper().decode()
            if command == "DATA":
                self._take_message()
            elif command == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say(self.server.answer_to_recipient if command == "RCPT TO" else "250 yes")

    def _take_message(self) -> None:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        if self.server.answer_to_data.startswith("250"):
            self.server.accepted.append(message_from_bytes(b"".join(lines)))
        self.server.on_message()
        self._say(self.server.answer_to_data)

    def _say(self, text: str) -> None:
        try:
            self.wfile.write(f"{text}\r\n".encode())
        except OSError:  # the client was killed, which is what some tests are for
            return


@contextmanager
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
