"""Deviations and confirmations of reading with their history."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("trial", "0005_deviations")]

    operations = [migrations.RunSQL((SQL / "deviations.sql").read_text())]
