"""Nobody who is on record as lost to follow-up is dosed."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("dosing", "0010_breach_guarded")]

    # irreversible: a database without its guards is not this product's.
    operations = [migrations.RunSQL((SQL / "lost.sql").read_text())]
