"""Every table of the trial keeps its history, and the application role may do with it what is written, no more."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection

from config.grants import APP_ROLE, privileges, regulated_tables

pytestmark = pytest.mark.django_db

LINE = ("trial", "enrollment", "dosing", "followup", "safety", "reports", "config")
# In these nothing of the trial stands: what is due and what was told, the sweep's own mark, answers already given.
EXEMPT = {
    "trial_auditevent",
    "trial_sweepstate",
    "trial_dueitem",
    "trial_notification",
    "trial_idempotentrequest",
    "trial_formdraft",
    "trial_user_groups",
    "trial_user_user_permissions",
}


def tables() -> set[str]:
    return {model._meta.db_table for label in LINE for model in apps.get_app_config(label).get_models()}


def tables_with_history() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE t.tgname = 'z_audit' AND t.tgenabled = 'O'"
        )
        return {name for (name,) in cursor.fetchall()}


def test_every_table_keeps_its_history_or_is_exempt_by_name() -> None:
    assert tables() - EXEMPT == tables_with_history()


def test_what_the_grants_call_regulated_is_regulated() -> None:
    assert regulated_tables() <= tables_with_history()


def test_the_application_role_may_do_what_is_written_and_no_more() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, coalesce(string_agg(DISTINCT a.privilege_type, ', '), '')"
            " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " LEFT JOIN LATERAL aclexplode(c.relacl) a ON a.grantee = %s::regrole"
            " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm') GROUP BY c.relname",
            [APP_ROLE],
        )
        granted = {name: {word for word in held.split(", ") if word} for name, held in cursor.fetchall()}
    assert granted.pop("stepwise_secret") == set()
    wanted = {name: set(privileges(name).split(", ")) for name in granted}
    assert granted == wanted


def test_the_application_owns_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = %s::regrole", [APP_ROLE])
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT has_database_privilege(%s, current_database(), 'TEMP')", [APP_ROLE])
        assert cursor.fetchone() == (False,)
