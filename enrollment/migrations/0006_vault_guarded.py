"""The one key of the marks of persons; what the database itself refuses about identities and their openings."""

from pathlib import Path

from django.db import migrations, models
from django.db.models import Q

SQL = Path(__file__).parent / "sql" / "vault.sql"


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0005_guarantees_of_screening")]

    operations = [
        migrations.AddField(
            "vaultkey",
            "use",
            models.CharField(
                choices=[("CONTENT", "CONTENT"), ("PERSON_MARK", "PERSON_MARK")], default="CONTENT", max_length=12
            ),
        ),
        migrations.AddConstraint(
            "vaultkey",
            models.UniqueConstraint(condition=Q(use="PERSON_MARK"), fields=("use",), name="one_key_of_marks"),
        ),
        migrations.RunSQL(SQL.read_text()),
    ]
