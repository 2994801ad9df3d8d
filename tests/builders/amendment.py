"""A new protocol version with another gate policy comes into force, as the owner would bring it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trial.protocol.loading import definition_json, definition_sha256, shipped_definition
from trial.protocol.schema import GatePolicy

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812


def amend_gate(owner_connection: Connection, gate: GatePolicy) -> None:
    definition = shipped_definition().model_copy(update={"version": "2.0", "gate": gate})
    with owner_connection as session, session.cursor() as cursor:
        cursor.execute("SELECT set_config('stepwise.context', %s, true)", ['{"actor": "owner", "act": "amend"}'])
        cursor.execute("UPDATE trial_protocolversion SET state = 'SUPERSEDED' WHERE state = 'ACTIVE'")
        cursor.execute(
            "INSERT INTO trial_protocolversion (study_id, version, canonical, sha256, state, activated_at)"
            " SELECT id, '2.0', %s, %s, 'ACTIVE', trial_now() FROM trial_study",
            [definition_json(definition), definition_sha256(definition)],
        )
