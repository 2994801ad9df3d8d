"""Storage temperatures: logger files, excursions, and the units that stood there then, set aside.

A unit that was infused cannot be set aside any more: its recipient is followed up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from dosing.models import CustodyEvent, ProductUnit, TemperatureExcursion, TemperatureLog
from dosing.rules.custody import PLACING_STEPS, Link, was_at
from dosing.rules.states import CustodyStep, UnitState
from dosing.rules.temperatures import (
    Excursion,
    LoggerFile,
    excursions,
    limit_of,
    may_end,
    may_import,
    may_report,
    parse_logger_file,
)
from dosing.rules.unit_handling import may_set_aside
from dosing.selectors.units import unit_facts
from dosing.services import follow_ups, quarantines
from trial.errors import require
from trial.models import ProtocolVersion, Study, User
from trial.permissions import Permission, access_of
from trial.permissions import require as require_permission
from trial.protocol.schema_monitoring import TemperatureLimit
from trial.rules.decision import Decision
from trial.services.regulated import regulated


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggerUpload:
    """A logger file as it was sent: where it was measured, and which limits of the protocol apply there."""

    place: str
    limit_code: str
    file_name: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def text(self) -> str:
        """What is no UTF-8 becomes marks that no row can be read from."""
        return self.content.decode("utf-8", errors="replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPreview:
    """What an import would write; ``against`` is every reason why it would write nothing."""

    file: LoggerFile
    excursions: tuple[Excursion, ...]
    against: Decision


def preview(*, study: Study, upload: LoggerUpload, timezone: str, at: datetime) -> ImportPreview:
    """Read a logger file and judge it. Writes nothing."""
    limit = _limit(study, upload.limit_code)
    file = parse_logger_file(upload.text, timezone=timezone, at=at)
    known = TemperatureLog.objects.filter(study=study, sha256=upload.sha256).exists()
    found = excursions(file.readings, limit) if limit is not None else ()
    return ImportPreview(file=file, excursions=found, against=may_import(known=known, limit=limit, file=file))


def import_log(*, study: Study, upload: LoggerUpload, by: User, at: datetime) -> TemperatureLog:
    """Import a logger file whole, or nothing of it. Units that stood there during an excursion are set aside.

    The same content is imported once. Raises ``RuleViolation``, ``NotPermitted``. Source: domain rule 6.2.
    """
    with regulated(by=by, act="temperatures.import_log", study=study):
        require_permission(by, Permission.PRODUCT_HANDLE, study=study, at=at)
        timezone = access_of(by, study).timezone
        judged = preview(study=study, upload=upload, timezone=timezone, at=at)
        require(judged.against)
        readings = judged.file.readings
        log = TemperatureLog.objects.create(
            study=study,
            place=upload.place,
            limit_code=upload.limit_code,
            file_name=upload.file_name,
            sha256=upload.sha256,
            readings=len(readings),
            first_at=readings[0].at,
            last_at=readings[-1].at,
            lowest_celsius=judged.file.lowest,
            highest_celsius=judged.file.highest,
            imported_at=at,
            imported_by=by,
        )
        found = [
            TemperatureExcursion.objects.create(
                study=study,
                log=log,
                place=upload.place,
                limit_code=upload.limit_code,
                began_at=each.began_at,
                ended_at=each.ended_at,
                worst_celsius=each.worst,
                recorded_at=at,
                recorded_by=by,
            )
            for each in judged.excursions
        ]
        _consequences(found, by=by, at=at)
        return log


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcursionReport:
    """An excursion as a person saw it. ``ended_at`` None: it goes on. ``worst_celsius``: furthest from the limits."""

    place: str
    limit_code: str
    began_at: datetime
    ended_at: datetime | None
    worst_celsius: Decimal
    note: str = ""


def report(*, study: Study, report: ExcursionReport, by: User, at: datetime) -> TemperatureExcursion:
    """Report an excursion by hand; what stood there then is set aside. Raises ``RuleViolation``, ``NotPermitted``."""
    with regulated(by=by, act="temperatures.report", study=study, reason=report.note):
        require_permission(by, Permission.PRODUCT_HANDLE, study=study, at=at)
        require(
            may_report(
                limit=_limit(study, report.limit_code),
                worst=report.worst_celsius,
                began_at=report.began_at,
                ended_at=report.ended_at,
                at=at,
            )
        )
        excursion = create(study=study, report=report, by=by, at=at)
        _consequences([excursion], by=by, at=at)
        return excursion


def create(*, study: Study, report: ExcursionReport, by: User, at: datetime) -> TemperatureExcursion:
    """Write an excursion, inside the caller's regulated transaction."""
    return TemperatureExcursion.objects.create(
        study=study,
        place=report.place,
        limit_code=report.limit_code,
        began_at=report.began_at,
        ended_at=report.ended_at,
        worst_celsius=report.worst_celsius,
        note=report.note,
        recorded_at=at,
        recorded_by=by,
    )


def read_at_step(*, unit: ProductUnit, report: ExcursionReport, by: User, at: datetime) -> TemperatureExcursion:
    """A reading at a handling was outside its limits: the unit is set aside, with what else stood there then."""
    excursion = create(study=unit.lot.study, report=report, by=by, at=at)
    if may_set_aside(unit_facts(unit)).allowed:
        quarantines.begin(unit=unit, reason=quarantines.why(excursion), excursion=excursion, by=by, at=at)
    if report.place:
        _consequences([excursion], by=by, at=at)
    return excursion


def end(*, excursion: TemperatureExcursion, ended_at: datetime, note: str, by: User, at: datetime) -> None:
    """Record when an open excursion ended. What came to the place meanwhile is set aside too."""
    study = excursion.study
    with regulated(by=by, act="temperatures.end", study=study, reason=note):
        require_permission(by, Permission.PRODUCT_HANDLE, study=study, at=at)
        fresh = TemperatureExcursion.objects.get(pk=excursion.pk)
        require(may_end(is_open=fresh.ended_at is None, began_at=fresh.began_at, ended_at=ended_at, at=at))
        fresh.ended_at = ended_at
        fresh.note = "\n".join(part for part in (fresh.note, note) if part)
        fresh.save(update_fields=["ended_at", "note"])
        _consequences([fresh], by=by, at=at)


def goes_on_at(*, study: Study, place: str) -> TemperatureExcursion | None:
    """An excursion of this place that nobody has seen the end of."""
    return TemperatureExcursion.objects.filter(study=study, place=place, ended_at__isnull=True).order_by("id").first()


def _consequences(found: Sequence[TemperatureExcursion], *, by: User, at: datetime) -> None:
    """Set aside what stood there; follow up who received it. The excursions are of one place."""
    if not found:
        return
    chains = _chains_at(found[0].place, study=found[0].study)
    units = {unit.pk: unit for unit in ProductUnit.objects.filter(pk__in=chains).select_related("lot__study")}
    for excursion in found:
        there = [
            units[pk]
            for pk, chain in sorted(chains.items())
            if was_at(chain, excursion.place, since=excursion.began_at, until=excursion.ended_at)
        ]
        for unit in there:
            if may_set_aside(unit_facts(unit)).allowed:
                quarantines.begin(unit=unit, reason=quarantines.why(excursion), excursion=excursion, by=by, at=at)
        infused = [unit.pk for unit in there if unit.state == UnitState.INFUSED]
        finding = f"Temperature excursion {excursion.pk}: {excursion.worst_celsius} °C at {excursion.place}"[:120]
        follow_ups.open_for_units(units=infused, finding=finding, at=at)


def _chains_at(place: str, *, study: Study) -> dict[int, list[Link]]:
    """By unit, the links that say where it was, of every unit that was ever at the place. One query."""
    touched = CustodyEvent.objects.filter(lot__study=study, place=place, unit__isnull=False).values("unit")
    events = CustodyEvent.objects.filter(unit__in=touched, step__in=PLACING_STEPS).order_by("id")
    chains: dict[int, list[Link]] = {}
    for unit_id, step, happened_at, where in events.values_list("unit_id", "step", "happened_at", "place"):
        if unit_id is not None:
            chains.setdefault(unit_id, []).append(Link(step=CustodyStep(step), happened_at=happened_at, place=where))
    return chains


def _limit(study: Study, code: str) -> TemperatureLimit | None:
    plan = ProtocolVersion.objects.get(study=study, state="ACTIVE").definition.product
    return limit_of(code, plan.temperature_limits)
