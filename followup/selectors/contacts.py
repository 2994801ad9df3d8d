"""Telephone contacts of the participants whom a person may see."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from enrollment.models import Subject
from enrollment.selectors.subjects import visible
from followup.models import TelephoneContact
from followup.rules.states import AdverseEventAnswer
from followup.services.contacts import contact_decision
from trial.edge.context import TrialContext
from trial.rules.decision import Decision

# Whether consent covered the call depends on the time at which it took place, which is not entered yet.
_DEPENDS_ON_ENTRY = frozenset({"PHN-CONSENT", "PHN-DIED", "VIS-WITHDRAWN"})


def visible_contacts(trial: TrialContext) -> QuerySet[TelephoneContact]:
    """The latest first; with subject, site and the names of the people."""
    rows = TelephoneContact.objects.filter(visible(trial, subject="subject__"))
    return rows.select_related("subject__site", "subject__study", "recorded_by", "voided_by")


def contacting(subject: Subject, *, at: datetime) -> Decision:
    """What stands against entering a call whatever is entered. Two queries."""
    decision = contact_decision(subject, contacted_at=at, asked=AdverseEventAnswer.NONE, at=at)
    return Decision(tuple(reason for reason in decision.reasons if reason.code not in _DEPENDS_ON_ENTRY))
