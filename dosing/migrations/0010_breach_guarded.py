"""An infusion given in spite of the guard is accepted only with its signed breach, its deviation and its hold."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("dosing", "0009_guard_complete"), ("trial", "0007_meaning_of_a_breach")]

    operations = [
        # Nothing could write a breach until now: the table is empty, and the column needs no default.
        migrations.AddField(
            model_name="guardbreach",
            name="signature",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trial.electronicsignature"
            ),
        ),
        # irreversible: a database without its guards is not this product's.
        migrations.RunSQL((SQL / "breach.sql").read_text()),
    ]
