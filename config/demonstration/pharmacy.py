"""What the pharmacy and quality assurance do besides handing product out, driven through the services."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from config.demonstration.bedside import People, witness
from dosing.models import Infusion, ProductLot, ProductUnit
from dosing.rules.states import CustodyStep
from dosing.services import custody_steps, lots, returns, temperatures
from dosing.services.custody_steps import StepEntry
from dosing.services.temperatures import LoggerUpload
from trial.models import Study
from trial.rules.site_time import site_date

TANKS = ("Tank 1", "Tank 2")
_COLD = Decimal("-178.5")


def store(unit: ProductUnit, people: People, *, place: str, at: datetime) -> None:
    """Put a unit away, or move it from where it is."""
    step = CustodyStep.MOVED if unit.place else CustodyStep.STORED
    entry = StepEntry(step=step, place=place, temperature_celsius=_COLD, limit_code="STORAGE")
    custody_steps.record_step(unit=unit, entry=entry, by=people["pharmacist"], at=at)


def store_lot(lot: ProductLot, people: People, *, at: datetime) -> None:
    for unit in lot.units.select_related("lot__study").order_by("number"):
        store(unit, people, place=TANKS[0], at=at)


def culture(lot: ProductLot, people: People, *, result: str, at: datetime) -> None:
    """The sterility culture, which follows the release."""
    lots.record_test(
        lot=lot,
        code="STERILITY",
        value=None,
        result=result,
        tested_on=_day(lot, at),
        by=people["pharmacist"],
        at=at,
    )


def reject_for_mycoplasma(lot: ProductLot, people: People, *, at: datetime) -> None:
    lots.record_test(
        lot=lot,
        code="MYCOPLASMA",
        value=None,
        result="positive",
        tested_on=_day(lot, at),
        by=people["pharmacist"],
        at=at,
    )
    lots.reject(lot=lot, reason="Mycoplasma was found.", by=people["qualityassurance"], at=at)


def import_log(study: Study, people: People, *, place: str, celsius: list[str], at: datetime) -> None:
    """A logger's file of ten-minute readings, the last one now."""
    first = at - timedelta(minutes=10 * (len(celsius) - 1))
    rows = [f"{(first + timedelta(minutes=10 * nth)).isoformat()},{value}" for nth, value in enumerate(celsius)]
    name = f"{place.lower().replace(' ', '-')}.csv"
    content = "\n".join(["time,celsius", *rows]).encode()
    upload = LoggerUpload(place=place, limit_code="STORAGE", file_name=name, content=content)
    temperatures.import_log(study=study, upload=upload, by=people["pharmacist"], at=at)


def account_for(infusion: Infusion, people: People, *, at: datetime) -> None:
    """The rest comes back, is destroyed before a witness, and the account of the unit is closed."""
    given = Infusion.objects.get(pk=infusion.pk)
    unit = ProductUnit.objects.select_related("lot__study").get(infusions=given)
    rest = unit.volume_ml - (given.infused_volume_ml or Decimal(0))
    pharmacist = people["pharmacist"]
    returns.take_back(unit=unit, volume_ml=rest, place="Pharmacy", note="", by=pharmacist, at=at)
    second = witness(unit, CustodyStep.DESTROYED, people)
    returns.destroy(unit=unit, volume_ml=rest, reason="Rest after infusion", second=second, by=pharmacist, at=at)
    returns.reconcile(unit=unit, note="", by=pharmacist, at=at)


def _day(lot: ProductLot, at: datetime) -> date:
    return site_date(at, timezone=lot.study.sites.get().timezone)
