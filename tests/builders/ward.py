"""What the pharmacy hands to the ward before anybody has done anything at the bedside."""

from __future__ import annotations

from datetime import timedelta

from config.demonstration import bedside
from dosing.models import Infusion, ProductUnit
from dosing.services import infusions
from enrollment.models import Subject
from tests.builders.scenario import TrialScenario
from trial.rules.site_time import at_site, site_date


def issue_unit(scenario: TrialScenario, subject: Subject, *, number: int = 1) -> ProductUnit:
    """A unit of the lot, assigned to this infusion, thawed and issued."""
    unit = ProductUnit.objects.filter(lot=scenario.lot, state="IN_STOCK").order_by("number")[0]
    return bedside.hand_out(unit, subject, scenario.people, number=number, at=scenario.at)


def waiting(scenario: TrialScenario, subject: Subject | None = None, *, number: int = 1) -> Infusion:
    """Planned for today, its unit on the ward; nothing measured, nothing signed."""
    subject = subject or scenario.allocated()
    today = site_date(scenario.at, timezone=scenario.timezone)
    infusion = infusions.plan(
        subject=subject, number=number, planned_on=today, by=scenario.people["nurse"], at=scenario.at
    )
    issue_unit(scenario, subject, number=number)
    return infusion


def day_typed(scenario: TrialScenario, **changed: str) -> dict[str, str]:
    """The facts of the day of a man of 61 kg, as typed on the clock of the site."""
    local = at_site(scenario.at - timedelta(hours=1), timezone=scenario.timezone)
    measured = f"{local:%Y-%m-%dT%H:%M}"
    return {
        "weight_kg": "61.0",
        "weight_measured_at": measured,
        "pregnancy_result": "not_applicable",
        "laboratory_acceptable": "yes",
        "laboratory_collected_at": measured,
    } | changed
