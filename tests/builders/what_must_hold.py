"""What holds of a trial at any time, read from the rows alone; each answers what it found against it."""

from __future__ import annotations

from dataclasses import replace

from django.db import connection

from dosing.models import Infusion, ProductLot
from dosing.rules.guard import can_infuse
from dosing.rules.states import UnitState
from dosing.selectors.accountability import balances
from dosing.selectors.guard import guard_facts, infusion_for_guard
from enrollment.models import Allocation
from trial.models import Cohort

REGULATED = (
    "dosing_infusion",
    "dosing_predosecheck",
    "dosing_productunit",
    "dosing_productlot",
    "dosing_quarantine",
    "dosing_guardbreach",
    "dosing_custodyevent",
    "enrollment_subject",
    "enrollment_allocation",
    "enrollment_screening",
    "safety_adverseevent",
    "trial_cohortclearance",
    "trial_dosinghold",
    "trial_deviation",
)


def started_against_the_guard(pk: int) -> list[str]:
    """Right after a start: the guard over the rows, with the unit as it stood before it was used up. Of a breach: what
    it does not list, but for the hold that it placed itself.
    """
    infusion = infusion_for_guard(pk)
    assert infusion.started_at is not None
    facts = guard_facts(infusion, performer=infusion.performed_by, at=infusion.started_at)
    breach = getattr(infusion, "breach", None)
    if facts.product is not None and breach is None:
        facts = replace(facts, product=replace(facts.product, unit_state=UnitState.ISSUED))
    definition = infusion.subject.protocol_version.definition
    codes = can_infuse(facts, regimen=definition.regimen, product=definition.product, at=infusion.started_at).codes
    if breach is None:
        return list(codes)
    own = {"DOS-COHORT-HOLD", "DOS-STUDY-HOLD", "DOS-PRODUCT-NOT-ISSUED"}
    return [code for code in codes if code not in own | set(breach.violated)]


def cohorts_overfull() -> list[str]:
    """Slots and infusions beyond the definition; a breach is on record as one and does not count."""
    found = []
    for cohort in Cohort.objects.all():
        held = Allocation.objects.filter(slot__cohort=cohort, vacated_at__isnull=True).count()
        if held > cohort.slots.count():
            found.append(f"{held} subjects in {cohort}")
        beyond = Infusion.objects.filter(
            subject__allocation__slot__cohort=cohort,
            started_at__isnull=False,
            number__gt=cohort.infusions,
            breach__isnull=True,
        )
        found += [f"{infusion} is one too many" for infusion in beyond]
    return found


def units_out_of_balance() -> list[str]:
    lots = list(ProductLot.objects.all())
    found = [f"lot {pk}: {balance}" for pk, balance in balances(lots).items() if not balance.balances]
    used = Infusion.objects.filter(started_at__isnull=False).exclude(unit__state=UnitState.INFUSED)
    return found + [f"{infusion} was given from a unit that is {infusion.unit}" for infusion in used]


def history_with_gaps() -> list[str]:
    """Every row is as its latest version says, and every version begins where the one before it ended."""
    found = []
    with connection.cursor() as cursor:
        for table in REGULATED:
            cursor.execute(
                f"SELECT r.id FROM {table} r LEFT JOIN LATERAL (SELECT e.after FROM trial_auditevent e"
                " WHERE e.table_name = %s AND e.row_id = r.id::text ORDER BY e.id DESC LIMIT 1) v ON true"
                " WHERE v.after IS DISTINCT FROM to_jsonb(r)",
                [table],
            )
            found += [f"{table} {pk}: the latest version is another one" for (pk,) in cursor.fetchall()]
        cursor.execute(
            "SELECT table_name, row_id FROM (SELECT table_name, row_id, operation, before, lag(after) OVER"
            " (PARTITION BY table_name, row_id ORDER BY id) AS earlier FROM trial_auditevent"
            " WHERE table_name = ANY (%s)) AS versions WHERE operation = 'U' AND before IS DISTINCT FROM earlier",
            [list(REGULATED)],
        )
        found += [f"{table} {pk}: a version is missing" for table, pk in cursor.fetchall()]
    return found
