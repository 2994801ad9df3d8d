"""What people are told about visits when the sweep finds them due."""

from __future__ import annotations

from datetime import datetime

from followup.models import Visit
from followup.rules.states import VisitState
from trial.models import Study
from trial.rules.roles import Role
from trial.rules.site_time import at_site
from trial.services.notifications import holders, notify

_TOLD = (Role.COORDINATOR, Role.PRINCIPAL_INVESTIGATOR, Role.SUBINVESTIGATOR)


def remind(*, study: Study, reference: str, at: datetime) -> None:
    """Tell the site that a visit's window opens, unless the visit was settled meanwhile."""
    visit = _open_visit(reference)
    if visit is None or visit.opens_at is None:
        return
    window = f"The window opens on {_local(visit.opens_at, visit)}"
    closing = f" and closes on {_local(visit.closes_at, visit)}." if visit.closes_at else "."
    _tell(
        visit,
        key="reminder",
        title=f"Visit {visit.code} of {visit.subject.code} is coming up",
        body=window + closing,
        at=at,
    )


def notify_overdue(*, study: Study, reference: str, at: datetime) -> None:
    """Tell the site that a visit's window closed without the visit being entered."""
    visit = _open_visit(reference)
    if visit is None or visit.closes_at is None or visit.closes_at >= at:
        return
    body = (
        f"The window closed on {_local(visit.closes_at, visit)}. Enter the visit, or declare it missed with its reason."
    )
    _tell(visit, key="overdue", title=f"Visit {visit.code} of {visit.subject.code} is overdue", body=body, at=at)


def _open_visit(reference: str) -> Visit | None:
    return (
        Visit.objects.select_related("subject__study", "subject__site")
        .filter(pk=int(reference), state=VisitState.PLANNED)
        .first()
    )


def _local(instant: datetime, visit: Visit) -> str:
    return f"{at_site(instant, timezone=visit.subject.site.timezone):%Y-%m-%d %H:%M}"


def _tell(visit: Visit, *, key: str, title: str, body: str, at: datetime) -> None:
    subject = visit.subject
    notify(
        users=holders(study=subject.study, roles=_TOLD, on=at, site_id=subject.site_id),
        study=subject.study,
        key=f"visit:{visit.pk}:{key}",
        title=title,
        body=body,
        path=f"/subjects/{subject.code}/",
        at=at,
    )
