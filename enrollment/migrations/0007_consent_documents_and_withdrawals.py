"""When a withdrawal became wider; guarantees of consent forms, signed pages and their openings."""

from pathlib import Path

from django.db import migrations, models
from django.db.models import F, Q

SQL = Path(__file__).parent / "sql" / "consents.sql"


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0006_vault_guarded")]

    operations = [
        migrations.AddField("informedconsent", "widened_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddConstraint(
            "informedconsent",
            models.CheckConstraint(
                condition=Q(widened_at__isnull=True) | Q(widened_at__gte=F("withdrawn_at")),
                name="widened_after_withdrawal",
            ),
        ),
        migrations.RunSQL(SQL.read_text()),
    ]
