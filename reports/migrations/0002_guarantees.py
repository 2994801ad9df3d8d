"""History of the reports."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_initial"), ("trial", "0002_guarantees")]

    # irreversible: a regulated table keeps its history.
    operations = [migrations.RunSQL("SELECT stepwise_regulate('reports_report')")]
