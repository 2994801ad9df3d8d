"""The sealed files of signed pages: are they all there and whole, and does one lie there that belongs to nothing?"""

from __future__ import annotations

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from enrollment.services import consent_documents
from trial import clock


class Command(BaseCommand):
    help = "Check the sealed files of signed pages; with --remove-orphans remove what uploads left that were cut off."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--remove-orphans", action="store_true", help="files without a row, an hour old and older")

    def handle(self, *args: object, **options: object) -> None:
        if options["remove_orphans"]:
            self.stdout.write(f"{consent_documents.remove_orphans(true_now=clock.true_now())} files were removed.")
        damaged = [f"{document.consent.subject.code}, page {document.pk}" for document in consent_documents.damaged()]
        if damaged:
            raise CommandError(f"{len(damaged)} signed page(s) cannot be read: {'; '.join(damaged)}. See the backup.")
        self.stdout.write("Every signed page that is filed can be read.")
