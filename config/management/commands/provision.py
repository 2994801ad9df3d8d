"""Make or update the database as its owner: schema, privileges, signing key, the study. The application role cannot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from config import grants
from trial.models import Deployment, SweepState
from trial.services import studies

# A demonstration begins in the past and only moves forward, so that its story ends about today.
DEMONSTRATION_BEGINS_DAYS_AGO = 130


class Command(BaseCommand):
    help = "Migrate, grant, store the signing key and load the shipped study, as the owner role. Repeatable."
    requires_system_checks: list[str] = []

    def handle(self, *args: object, **options: object) -> None:
        self._check_owner()
        call_command("migrate", verbosity=0, interactive=False)
        grants.grant_all()
        self._store_signing_key()
        # A start without the keys of what is sealed would go unnoticed until somebody needs an address.
        call_command("vault", "check")
        self._fix_deployment()
        loaded = studies.load_shipped_study()
        self.stdout.write(f"Provisioned. {loaded}")

    def _check_owner(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            (role,) = cursor.fetchone()
        if role == grants.APP_ROLE:
            raise CommandError("Provisioning needs OWNER_DATABASE_URL: the application role owns nothing.")

    def _store_signing_key(self) -> None:
        if not settings.SIGNING_KEY_FILE:
            raise CommandError("Provisioning needs SIGNING_KEY_FILE, the key that web processes sign with.")
        key = bytes.fromhex(Path(settings.SIGNING_KEY_FILE).read_text().strip())
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO stepwise_secret (name, value) VALUES ('signing', %s) ON CONFLICT (name) DO NOTHING", [key]
            )
            cursor.execute("SELECT value FROM stepwise_secret WHERE name = 'signing'")
            (stored,) = cursor.fetchone()
        if bytes(stored) != key:
            raise CommandError(
                "This database was signed with another key than SIGNING_KEY_FILE holds. Restore that file."
            )

    def _fix_deployment(self) -> None:
        """What kind of installation this is, is settled once: a demonstration never becomes real, nor the reverse."""
        now = datetime.now(UTC)
        deployment = Deployment.objects.first()
        if deployment is None:
            studies.found_deployment(
                is_demonstration=settings.DEMO,
                clock_offset=-timedelta(days=DEMONSTRATION_BEGINS_DAYS_AGO) if settings.DEMO else timedelta(0),
                created_at=now,
            )
            SweepState.objects.get_or_create(pk=1)
        elif deployment.is_demonstration != settings.DEMO:
            kind = "a demonstration" if deployment.is_demonstration else "a real deployment"
            raise CommandError(
                f"This database is {kind} for ever. Use another DATA_DIR (or database) for the other kind."
            )
