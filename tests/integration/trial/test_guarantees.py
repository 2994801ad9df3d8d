"""What the database guarantees by itself: history with context, signatures that cannot be made by SQL."""

import pytest
from django.db import DatabaseError, connection, transaction

from trial.models import AuditEvent, Study, User

pytestmark = pytest.mark.django_db


def test_a_write_without_context_is_refused():
    with pytest.raises(DatabaseError, match="AUD-CONTEXT"), transaction.atomic():
        User.objects.create(username="nobody", printed_name="No Body")


def test_the_study_is_loaded_and_its_loading_stands_in_the_history():
    assert Study.objects.get().registry_id == "NCT06574581"
    assert AuditEvent.objects.filter(table_name="trial_study", operation="I").count() == 1


def test_the_application_role_owns_no_table():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user")
        assert cursor.fetchone() == (0,)
