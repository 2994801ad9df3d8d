"""A signature may say that an infusion was given in spite of the guard."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("trial", "0006_deviations_guarded")]

    operations = [
        migrations.AlterField(
            model_name="electronicsignature",
            name="meaning",
            field=models.CharField(
                choices=[
                    ("delegation", "I delegate these tasks to this person for this time"),
                    ("support_interview", "I held this interview and found what is stated"),
                    ("eligibility", "I confirm that this participant meets all criteria"),
                    ("product_release", "I release this product"),
                    ("conditional_release", "I release this product although a late result is still pending"),
                    ("quarantine_decision", "I decide what becomes of this quarantined product"),
                    ("second_person", "I checked this step as the second person"),
                    ("identity_check", "I have checked the identity of the participant and of the product"),
                    (
                        "inter_infusion_signoff",
                        "I have reviewed safety since the previous infusion; the next one may be given",
                    ),
                    (
                        "guard_breach",
                        "I report that this infusion was given although the conditions listed were not met",
                    ),
                    ("gate_decision", "I have reviewed the dossier and vote as stated"),
                    ("hold_lift", "I agree to lift this hold"),
                    ("endorsement", "I endorse the reported data"),
                ],
                max_length=32,
            ),
        ),
    ]
