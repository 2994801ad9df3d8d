"""Clock, history, signatures, clearance and holds: what the database guarantees by itself."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("trial", "0001_initial")]

    # irreversible: a database without its guards is not this product"s.
    operations = [
        migrations.RunSQL((SQL / name).read_text())
        for name in ["clock_and_history.sql", "signatures.sql", "clearance.sql"]
    ]
