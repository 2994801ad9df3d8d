"""Results that may follow a release: awaited by a day, and missed out loud."""

from __future__ import annotations

from datetime import datetime

from dosing.models import ProductLot
from dosing.rules.release import late_result_due_at, pending_tests
from dosing.selectors.lots import lot_results
from trial.models import Study
from trial.protocol.schema import ProductPlan
from trial.rules.roles import Role
from trial.services import due
from trial.services.notifications import holders, notify

KIND = "late_result"
_TOLD = (Role.PHARMACIST, Role.QUALITY_ASSURANCE, Role.PRINCIPAL_INVESTIGATOR)


def await_results(lot: ProductLot, *, plan: ProductPlan, at: datetime) -> None:
    """Plan the day by which each pending late result must be in, inside the caller's transaction."""
    for criterion in pending_tests(lot_results(lot), plan=plan):
        due_at = late_result_due_at(criterion, released_at=at)
        key, reference = _key(lot, criterion.code), f"{lot.pk}:{criterion.code}"
        due.plan(study=lot.study, kind=KIND, key=key, reference=reference, due_at=due_at)


def arrived(lot: ProductLot, *, code: str, at: datetime) -> None:
    """The result is in, whatever it is: nobody waits for it any more."""
    due.cancel(keys=[_key(lot, code)], at=at)


def tell_missed(*, study: Study, reference: str, at: datetime) -> None:
    """The day has come and the result has not."""
    pk, code = reference.split(":", 1)
    lot = ProductLot.objects.get(pk=int(pk), study=study)
    notify(
        users=holders(study=study, roles=_TOLD, on=at),
        study=study,
        key=f"late-result:{lot.pk}:{code}",
        title=f"The result of {code} of lot {lot.number} is overdue",
        body="The lot was released while this result was pending. Enter it, or ask the laboratory.",
        path=f"/product/lots/{lot.number}/",
        at=at,
    )


def _key(lot: ProductLot, code: str) -> str:
    return f"late:{lot.pk}:{code}"
