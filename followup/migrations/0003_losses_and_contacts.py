"""Losses to follow-up and telephone contacts, with their history; the day on the subject follows its record."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("dosing", "0001_initial"),
        ("enrollment", "0011_screening_closed"),
        ("followup", "0002_guarantees"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LossToFollowUp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("lost_on", models.DateField()),
                ("attempts", models.TextField()),
                ("recorded_at", models.DateTimeField()),
                ("found_at", models.DateTimeField(blank=True, null=True)),
                ("found_reason", models.TextField(blank=True)),
                (
                    "found_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="losses", to="enrollment.subject"
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("found_at__isnull", True)), fields=("subject",), name="lost_once_at_a_time"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("attempts", ""), _negated=True), name="lost_after_attempts"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("found_at__isnull", True), ("found_by__isnull", True), ("found_reason", "")),
                            models.Q(
                                ("found_at__gte", models.F("recorded_at")),
                                ("found_by__isnull", False),
                                models.Q(("found_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="found_by_whom_and_how",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TelephoneContact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("contacted_at", models.DateTimeField()),
                ("adverse_events_asked", models.CharField(choices=[("none", "none"), ("yes", "yes")], max_length=4)),
                ("note", models.TextField(blank=True)),
                ("recorded_at", models.DateTimeField()),
                ("voided_at", models.DateTimeField(blank=True, null=True)),
                ("voided_reason", models.TextField(blank=True)),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="telephone_contacts",
                        to="enrollment.subject",
                    ),
                ),
                (
                    "voided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-contacted_at", "-id"],
                "indexes": [models.Index(fields=["subject", "-contacted_at"], name="contacts_of_subject")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("adverse_events_asked__in", ["none", "yes"])), name="contact_asked"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("contacted_at__lte", models.F("recorded_at"))),
                        name="contact_before_its_entry",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("voided_at__isnull", True), ("voided_by__isnull", True), ("voided_reason", "")),
                            models.Q(
                                ("voided_at__isnull", False),
                                ("voided_by__isnull", False),
                                models.Q(("voided_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="contact_voided_by_whom_and_why",
                    ),
                ],
            },
        ),
        # irreversible: a regulated table keeps its history.
        migrations.RunSQL((SQL / "losses.sql").read_text()),
    ]
