"""Custody, temperatures, pauses, premedication and vital signs with their history."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("dosing", "0003_custody_and_monitoring"), ("trial", "0006_deviations_guarded")]

    operations = [migrations.RunSQL((SQL / "custody.sql").read_text())]
