"""A first infusion waits where the results that eligibility rests on have expired."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("dosing", "0007_course_of_the_infusion")]

    # irreversible: a database without its guards is not this product's.
    operations = [migrations.RunSQL((SQL / "expiry.sql").read_text())]
