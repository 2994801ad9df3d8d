"""What came back or was destroyed, by volume; the guards of conditional release, custody, quarantine and issue."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("dosing", "0004_custody_guarded")]

    operations = [
        migrations.AddField(
            model_name="custodyevent",
            name="volume_ml",
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True),
        ),
        # irreversible: a database without its guards is not this product's.
        migrations.RunSQL((SQL / "product.sql").read_text()),
    ]
