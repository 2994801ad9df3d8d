"""Frozen dossiers, signed votes, decisions that follow from them."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("safety", "0001_initial"), ("dosing", "0002_guarantees")]

    # irreversible: a database without its guards is not this product"s.
    operations = [migrations.RunSQL((SQL / name).read_text()) for name in ["gate.sql"]]
