"""What the application role may do with each table. It owns none of them.

Everything not named here: read, insert, update, never delete. Source: ``docs/adr/0002-database-roles.md``; R01, R14.
"""

from __future__ import annotations

from django.apps import apps
from django.db import connection

APP_ROLE = "stepwise_app"

# What the application reads and never writes: written by the owner when a study is loaded, or by history triggers.
READ_ONLY = frozenset(
    {
        "trial_auditevent",
        "trial_protocolversion",
        "trial_cohort",
        "trial_slot",
        "trial_site",
        "django_content_type",
        "auth_permission",
        "auth_group",
        "auth_group_permissions",
        "trial_user_groups",
        "trial_user_user_permissions",
        "django_migrations",
    }
)
APPEND_ONLY = frozenset(
    {
        "trial_electronicsignature",
        "trial_siteactivation",
        "enrollment_eligibilitysnapshot",
        "enrollment_screeningfailure",
        "enrollment_identityopening",
        "enrollment_consentdocument",
        "enrollment_documentopening",
        "dosing_releasetest",
        "trial_clearancereading",
        "dosing_custodyevent",
        "dosing_temperaturelog",
        "dosing_vitalsigns",
        "dosing_alertanswer",
        "dosing_guardbreach",
        "safety_gatevote",
        "safety_gradeentry",
        "safety_endorsement",
    }
)
# Nothing of the trial stands in these.
DISPOSABLE = frozenset(
    {"django_session", "trial_formdraft", "axes_accessattempt", "axes_accessfailurelog", "axes_accesslog"}
)
DISPOSABLE_PREFIXES = ("axes_",)


def grant_all() -> None:
    """(Re)grant from nothing, as the owner. Column privileges on the study: its counter, and hence its row lock."""
    with connection.cursor() as cursor:
        cursor.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {APP_ROLE}, PUBLIC")
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {APP_ROLE}")
        cursor.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE}")
        for table in sorted(connection.introspection.table_names(cursor)):
            if table == "stepwise_secret":
                continue
            cursor.execute(f'GRANT {privileges(table)} ON "{table}" TO {APP_ROLE}')
        cursor.execute(f"GRANT UPDATE (subject_counter) ON trial_study TO {APP_ROLE}")


def privileges(table: str) -> str:
    if table in READ_ONLY or table == "trial_study":
        return "SELECT"
    if table in APPEND_ONLY:
        return "SELECT, INSERT"
    if table in DISPOSABLE or table.startswith(DISPOSABLE_PREFIXES):
        return "SELECT, INSERT, UPDATE, DELETE"
    if table == "trial_deployment":
        return "SELECT, UPDATE"
    return "SELECT, INSERT, UPDATE"


def regulated_tables() -> frozenset[str]:
    """Every table of the trial apps that must carry history: all but those in which nothing of the trial stands."""
    return frozenset(
        model._meta.db_table
        for label in ("trial", "enrollment", "dosing", "followup", "safety", "reports")
        for model in apps.get_app_config(label).get_models()
    ) - {
        "trial_auditevent",
        "trial_sweepstate",
        "trial_dueitem",
        "trial_notification",
        "trial_idempotentrequest",
        "trial_formdraft",
    }
