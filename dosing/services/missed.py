"""An infusion whose window is over and that was not given: found by the sweep, raised as a deviation once."""

from __future__ import annotations

from datetime import datetime

from dosing.models import Infusion
from dosing.rules.planning import last_day_of_interval
from dosing.rules.states import NOT_STARTED, InfusionState
from enrollment.models import Allocation, Subject
from trial.models import Study
from trial.rules.roles import Role
from trial.rules.site_time import end_of_day, site_date
from trial.rules.states import DeviationCategory
from trial.services import deviations, due
from trial.services.notifications import holders, notify
from trial.services.regulated import regulated
from trial.services.studies import service_user

MISSED = "infusion.missed"
MISSED_ABOUT = "missed"
_TOLD = (Role.PRINCIPAL_INVESTIGATOR, Role.SUBINVESTIGATOR, Role.COORDINATOR, Role.NURSE)


def plan_missed(infusion: Infusion) -> None:
    """After a start: when the interval of the next infusion is over, look whether it was given."""
    subject = infusion.subject
    allocation = Allocation.objects.filter(subject=subject, vacated_at__isnull=True)
    infusions = allocation.values_list("slot__cohort__infusions", flat=True).first()
    if infusion.started_at is None or infusions is None or infusion.number >= infusions:
        return
    zone = subject.site.timezone
    last_on = last_day_of_interval(
        site_date(infusion.started_at, timezone=zone), regimen=subject.protocol_version.definition.regimen
    )
    due.plan(
        study=subject.study,
        kind=MISSED,
        key=f"infusion:{infusion.pk}:next",
        reference=str(infusion.pk),
        due_at=end_of_day(last_on, timezone=zone),
    )


def report_missed(*, study: Study, reference: str, at: datetime) -> None:
    """The interval after this infusion is over. Who left the trial or died misses nothing. Source: decision 13."""
    before = Infusion.objects.select_related("subject__study", "subject__site").get(pk=int(reference))
    subject = before.subject
    following = subject.infusions.filter(number=before.number + 1).first()
    if subject.withdrawn_on or subject.died_at or (following and InfusionState(following.state) not in NOT_STARTED):
        return
    by = service_user()
    number = before.number + 1
    with regulated(by=by, act="infusions.report_missed", study=study):
        deviations.raise_once(
            study=study,
            site=subject.site,
            subject_code=subject.code,
            category=DeviationCategory.MISSED,
            code="DOS-MISSED",
            key=f"infusion:{following.pk}:{MISSED_ABOUT}" if following else f"subject:{subject.pk}:infusion:{number}",
            reference=f"infusion:{following.pk if following else before.pk}",
            description=f"{subject.code}, infusion {number}: not given within its interval.",
            occurred_at=at,
            by=by,
            at=at,
        )
        _tell(subject, before, number=number, at=at)


def _tell(subject: Subject, before: Infusion, *, number: int, at: datetime) -> None:
    notify(
        users=holders(study=subject.study, roles=_TOLD, on=at, site_id=subject.site_id),
        study=subject.study,
        key=f"infusion:{before.pk}:next-missed",
        title=f"Infusion {number} of {subject.code} was not given within its interval",
        body="Give it with the reason for the delay, or record that it will not be given.",
        path=f"/subjects/{subject.code}/",
        at=at,
    )
