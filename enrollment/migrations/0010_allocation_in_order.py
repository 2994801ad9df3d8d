"""Who was passed over and why; slots in order, to who is eligible, within the caps, also for raw SQL."""

from pathlib import Path

import django.contrib.postgres.fields
from django.db import migrations, models
from django.db.models import Q

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0007_consent_documents_and_withdrawals")]

    operations = [
        migrations.AddField(
            "allocation",
            "passed_over",
            django.contrib.postgres.fields.ArrayField(models.CharField(max_length=24), blank=True, default=list),
        ),
        migrations.AddField(
            "allocation", "order_reason", models.TextField(blank=True, default=""), preserve_default=False
        ),
        migrations.AddConstraint(
            "allocation",
            models.CheckConstraint(
                condition=Q(passed_over=[], order_reason="") | (~Q(passed_over=[]) & ~Q(order_reason="")),
                name="passed_over_with_reason",
            ),
        ),
        # irreversible: a database without its guards is not this product's.
        migrations.RunSQL((SQL / "allocation.sql").read_text()),
    ]
