"""The guard asks for the first person's signature, the decision read, no quarantine, and the dose within tolerance."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("dosing", "0008_results_of_screening_expire"), ("trial", "0006_deviations_guarded")]

    # irreversible: a database without its guards is not this product's.
    operations = [migrations.RunSQL((SQL / "guard_complete.sql").read_text())]
