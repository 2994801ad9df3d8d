"""Numbers for the screenings there are; interviews, failures and the vault with their guarantees."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0004_identity_interviews_attempts"), ("trial", "0004_form_draft")]

    operations = [
        migrations.RunSQL((SQL / "attempts.sql").read_text()),
        # Constraints of the rows just written are checked before the table is altered.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE"),
        migrations.AlterField(
            "screening",
            "study",
            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trial.study"),
        ),
        migrations.AlterField("screening", "number", models.PositiveIntegerField()),
        migrations.RunSQL((SQL / "identities.sql").read_text()),
    ]
