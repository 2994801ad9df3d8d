"""What stands in the pharmacy: units in storage, logger files, a lot whose culture has turned."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from dosing.models import ProductLot, ProductUnit
from dosing.rules.states import CustodyStep
from dosing.services import custody_steps, lots
from dosing.services.custody_steps import StepEntry
from dosing.services.temperatures import LoggerUpload
from tests.builders.scenario import TrialScenario
from trial.rules.site_time import at_site, site_date

TANK = "Tank 1"


def stored(scenario: TrialScenario, count: int = 2, *, place: str = TANK) -> list[ProductUnit]:
    """Units of the lot, put away at ``place`` at a temperature within its limits."""
    units = list(scenario.lot.units.select_related("lot__study").order_by("number")[:count])
    for unit in units:
        store(scenario, unit, place=place)
    return units


def store(scenario: TrialScenario, unit: ProductUnit, *, place: str = TANK, celsius: str = "-180.0") -> None:
    entry = StepEntry(step=CustodyStep.STORED, place=place, temperature_celsius=Decimal(celsius), limit_code="STORAGE")
    custody_steps.record_step(unit=unit, entry=entry, by=scenario.people["pharmacist"], at=scenario.at)


def logger_file(scenario: TrialScenario, *values: str, place: str = TANK, before: int = 0) -> LoggerUpload:
    """Readings a minute apart, the last one ``before`` minutes ago."""
    last = scenario.at - timedelta(minutes=before)
    rows = [
        f"{_typed(scenario, last - timedelta(minutes=len(values) - 1 - index))},{value}"
        for index, value in enumerate(values)
    ]
    text = "\n".join(["time,celsius", *rows])
    return LoggerUpload(place=place, limit_code="STORAGE", file_name="tank.csv", content=text.encode())


def _typed(scenario: TrialScenario, at: datetime) -> str:
    return at_site(at, timezone=scenario.timezone).isoformat()


def culture(scenario: TrialScenario, result: str, *, lot: ProductLot | None = None) -> None:
    """The late result of the sterility culture."""
    lots.record_test(
        lot=lot or scenario.lot,
        code="STERILITY",
        value=None,
        result=result,
        tested_on=site_date(scenario.at, timezone=scenario.timezone),
        by=scenario.people["pharmacist"],
        at=scenario.at,
    )
