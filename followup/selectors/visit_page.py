"""One visit for its page: the visit as it stands, and every reason against entering it now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from followup.models import Visit
from followup.rules.attendance import may_complete
from followup.rules.states import AdverseEventAnswer
from followup.rules.visit_codes import visit_plan_of
from followup.selectors.visits import VisitLine, visit_line
from followup.services.visits import missed_decision, visit_facts
from trial.rules.decision import Decision

# Whether consent covered the visit depends on the time at which it took place, which is not entered yet.
_DEPENDS_ON_ENTRY = frozenset({"VIS-CONSENT", "VIS-WITHDRAWN"})
_SOME_TEXT = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitPage:
    """``completing`` and ``missing``: what stands against each act whatever is entered."""

    line: VisitLine
    labels: tuple[str, ...]
    completing: Decision
    missing: Decision


def visit_page(visit: Visit, *, at: datetime) -> VisitPage:
    """``visit`` comes with subject, site and protocol version. Two queries for each of the two decisions."""
    decision = may_complete(
        visit_facts(visit, done_at=at), done_at=at, asked=AdverseEventAnswer.NONE, note=_SOME_TEXT, at=at
    )
    schedule = visit.subject.protocol_version.definition.schedule
    plans = [visit_plan_of(code, schedule=schedule) for code in (visit.code, visit.merged_with) if code]
    return VisitPage(
        line=visit_line(visit, at=at),
        labels=tuple(plan.label for plan in plans if plan is not None),
        completing=Decision(tuple(r for r in decision.reasons if r.code not in _DEPENDS_ON_ENTRY)),
        missing=missed_decision(visit, reason=_SOME_TEXT, at=at),
    )
