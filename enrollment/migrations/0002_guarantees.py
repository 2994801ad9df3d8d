"""Facts with their hash, snapshots with their signature, slots of open cohorts only."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0001_initial"), ("trial", "0002_guarantees")]

    # irreversible: a database without its guards is not this product"s.
    operations = [migrations.RunSQL((SQL / name).read_text()) for name in ["enrolment.sql"]]
