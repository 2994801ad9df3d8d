"""How a screening was closed: on criteria or for another reason, kept for good; and the log by what became of it."""

from pathlib import Path

from django.db import migrations, models
from django.db.models import Case, Q, Value, When

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0010_allocation_in_order")]

    operations = [
        migrations.AddField(
            "screening",
            "closed_as",
            models.GeneratedField(
                db_persist=True,
                expression=Case(
                    When(failed_at__isnull=True, then=Value("")),
                    When(failure_codes=[], then=Value("NOT_CONTINUED")),
                    When(failure_codes__0="X1", then=Value("NOT_CONSENTED")),
                    default=Value("SCREEN_FAILED"),
                ),
                output_field=models.CharField(max_length=16),
            ),
        ),
        migrations.AddIndex(
            "screening",
            models.Index(fields=["study", "closed_as", "-started_at", "-id"], name="screening_log_by_outcome"),
        ),
        migrations.AlterField("screeningfailure", "first_code", models.CharField(blank=True, max_length=8)),
        migrations.AddField(
            "screeningfailure",
            "not_continued",
            models.CharField(
                blank=True,
                choices=[
                    ("LOST", "LOST"),
                    ("NO_SLOT", "NO_SLOT"),
                    ("INVESTIGATOR", "INVESTIGATOR"),
                    ("OTHER", "OTHER"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddField("screeningfailure", "note", models.TextField(blank=True)),
        migrations.AddConstraint(
            "screeningfailure",
            models.CheckConstraint(
                condition=(~Q(first_code="") & Q(not_continued="", note=""))
                | (Q(first_code="") & ~Q(not_continued="") & ~Q(note="")),
                name="failed_on_criteria_or_why",
            ),
        ),
        migrations.RemoveConstraint("informedconsent", "one_open_consent"),
        migrations.AddConstraint(
            "informedconsent",
            models.UniqueConstraint(
                fields=["subject", "consent_version"],
                condition=Q(withdrawn_at__isnull=True, status="SIGNED"),
                name="one_open_consent",
            ),
        ),
        migrations.RunSQL((SQL / "refusals.sql").read_text(), migrations.RunSQL.noop),
        # irreversible: a database without its guards is not this product's.
        migrations.RunSQL((SQL / "screening_closed.sql").read_text()),
    ]
