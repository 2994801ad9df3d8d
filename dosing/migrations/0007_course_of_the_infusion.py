"""How a dose comes out of its unit; answers to alerts in rows of their own; what is written once after the end."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("dosing", "0006_product_guarded"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="infusion",
            name="dose_model",
            field=models.CharField(choices=[("VOLUME", "VOLUME"), ("BAG", "BAG")], default="VOLUME", max_length=8),
        ),
        migrations.RemoveField(model_name="vitalsigns", name="alert_answer"),
        migrations.CreateModel(
            name="AlertAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("paused", "paused"),
                            ("stopped", "stopped"),
                            ("treated", "treated"),
                            ("watched", "watched"),
                            ("wrong_value", "wrong_value"),
                        ],
                        max_length=12,
                    ),
                ),
                ("note", models.TextField(blank=True)),
                ("answered_at", models.DateTimeField()),
                (
                    "answered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "vital_signs",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="answer", to="dosing.vitalsigns"
                    ),
                ),
            ],
        ),
        # irreversible: a database without its guards is not this product's.
        migrations.RunSQL((SQL / "course.sql").read_text()),
    ]
