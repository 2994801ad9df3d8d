"""Which criteria will not be fulfilled any more on a later day, because results have expired by then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from enrollment.rules.eligibility import evaluate
from enrollment.rules.facts_document import facts_from_document
from trial.protocol.schema import ProtocolDefinition
from trial.rules.decision import Reason


def expired_by(document: Mapping[str, Any], *, definition: ProtocolDefinition, on: date) -> tuple[Reason, ...]:
    """What the criteria would say against a signed "eligible" on that site-local day; each thing once.

    The very rule of eligibility answers, asked for another day. Source: validity of screening results.
    """
    facts = facts_from_document(dict(document) | {"evaluated_on": on.isoformat()}, definition=definition)
    verdict = evaluate(facts, parameters=definition.eligibility)
    # Halves of exclusion 2 never stand in the way themselves.
    open_ones = (criterion for criterion in verdict.criteria if not criterion.passes)
    said: dict[str, Reason] = {}
    for criterion in open_ones:
        for reason in criterion.reasons:
            said.setdefault(reason.message, reason)
    return tuple(said.values())
