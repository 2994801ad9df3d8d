"""The label of a product unit is a report too: made once for its content, kept with its hash."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reports", "0002_guarantees")]

    operations = [
        migrations.AlterField(
            model_name="report",
            name="kind",
            field=models.CharField(
                choices=[("gate_dossier", "gate_dossier"), ("unit_label", "unit_label")], max_length=24
            ),
        ),
    ]
