"""``python manage.py explain WHAT FILE.json``: evaluate the rules that guard the product for facts from a file."""

from __future__ import annotations

import sys
from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser

from reports.explain import What, explainer
from reports.explain.answering import answer
from trial.documents.problems import InputProblems


class Command(BaseCommand):
    help = "Evaluate the rules that guard the product for the facts in a JSON file; needs no database."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        kwargs.setdefault("formatter_class", RawDescriptionHelpFormatter)
        return super().create_parser(
            prog_name, subcommand, epilog="explain WHAT --help prints the keys of its document.", **kwargs
        )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", metavar="WHAT", choices=[what.value for what in What], help=", ".join(What))
        parser.add_argument("file", metavar="FILE", help="a JSON document, or - for standard input")
        parser.add_argument(
            "--set",
            metavar="NAME=VALUE",
            dest="overrides",
            action="append",
            default=[],
            help="override a protocol parameter, for instance trigger=DLT (repeatable)",
        )

    def run_from_argv(self, argv: list[str]) -> None:
        """``explain gate --help`` prints the keys of a gate document; the parser alone would not know which WHAT."""
        asked = [word for word in argv[2:3] if word in list(What)]
        if asked and {"-h", "--help"} & set(argv[3:]):
            self.stdout.write(explainer(What(asked[0])).KEYS_HELP)
            return
        super().run_from_argv(argv)

    def handle(self, *args: Any, what: str, file: str, overrides: list[str], **options: Any) -> None:
        try:
            self.stdout.write(answer(What(what), text=_read(file), overrides=overrides))
        except InputProblems as problems:
            self._refuse(problems)

    def _refuse(self, problems: InputProblems) -> NoReturn:
        for line in problems.lines():
            self.stderr.write(line)
        raise SystemExit(2)


def _read(file: str) -> str:
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise InputProblems.single("FILE", f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputProblems.single("document", "is not UTF-8 text") from error
