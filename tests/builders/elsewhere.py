"""A second site, and a principal investigator who works only there. The application role cannot make a site."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.builders.scenario import TrialScenario
from trial.models import Site, User
from trial.rules.roles import Role
from trial.rules.site_time import site_date
from trial.services import people

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812


def investigator_elsewhere(scenario: TrialScenario, owner_connection: Connection) -> User:
    with owner_connection, owner_connection.cursor() as cursor:
        context = json.dumps({"actor": "owner", "act": "studies.load"})
        cursor.execute("SELECT set_config('stepwise.context', %s, true)", [context])
        cursor.execute(
            "INSERT INTO trial_site (study_id, code, name, timezone, subject_code_prefix)"
            " VALUES (%s, 'TWO', 'Second hospital', 'Asia/Taipei', 'TWO-')",
            [scenario.study.pk],
        )
    admin = scenario.people["admin"]
    newcomer = people.create_account(
        username="elsewhere",
        printed_name="Else Where",
        email="",
        password="another long password",
        study=scenario.study,
        by=admin,
        at=scenario.at,
    )
    people.add_membership(
        user=newcomer,
        study=scenario.study,
        site=Site.objects.get(code="TWO"),
        role=Role.PRINCIPAL_INVESTIGATOR,
        valid_from=site_date(scenario.at, timezone=scenario.timezone),
        by=admin,
        at=scenario.at,
    )
    return newcomer
