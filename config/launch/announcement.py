"""What the terminal shows once the site answers."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

from config.launch.configuration import Configuration
from trial.demonstration import ACCOUNTS, PASSWORD
from trial.rules.roles import ROLE_LABELS


class Announcement:
    """Asks the site in each round of the supervisor until it answers once, then says so."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._done = False

    def __call__(self) -> None:
        if not self._done and self._answers():
            self._done = True
            print(self._text(), flush=True)

    def _answers(self) -> bool:
        place = urlsplit(self._configuration.address)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _text(self) -> str:
        lines = ["", f"Stepwise is ready: {self._configuration.address}"]
        if self._configuration.demo:
            lines += ["", f"A demonstration. Password of all accounts: {PASSWORD}"]
            lines += [f"  {account.username:<17} {ROLE_LABELS[account.role]}" for account in ACCOUNTS]
        return "\n".join([*lines, "", "Ctrl-C stops everything.", ""])
