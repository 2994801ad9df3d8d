"""The one account that a real deployment begins with."""

from __future__ import annotations

import os
import secrets

from django.core.management.base import BaseCommand, CommandError

from trial import clock
from trial.models import Deployment, Study, User
from trial.services import people


class Command(BaseCommand):
    help = "Make the first administrator of a real deployment and print the password once."

    def handle(self, *args: object, **options: object) -> None:
        deployment = Deployment.objects.first()
        if deployment is None or deployment.is_demonstration:
            raise CommandError("A demonstration has its documented accounts.")
        if User.objects.filter(is_service=False).exists():
            self.stdout.write("People have accounts already: an administrator invites further ones.")
            return
        password = os.environ.get("FIRST_ADMINISTRATOR_PASSWORD") or secrets.token_urlsafe(15)
        people.first_administrator(
            username="admin",
            printed_name="First administrator",
            password=password,
            study=Study.objects.get(),
            at=clock.now(),
        )
        self.stdout.write(f"First administrator: user name admin, password {password}")
        self.stdout.write("Change it at the first sign-in; it is not shown again.")
