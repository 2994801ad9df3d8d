"""The chain of custody of a unit as events on one axis."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from dosing.models import CustodyEvent
from dosing.rules.custody import STEP_LABELS
from dosing.rules.states import CustodyStep
from dosing.views.lot_rows import plain
from trial.templatetags.look import quantity, trial_time

_S = CustodyStep
_LOOKS: dict[CustodyStep, tuple[str, str]] = {
    _S.RECEIVED: ("package", "plain"),
    _S.STORED: ("snowflake", "plain"),
    _S.MOVED: ("arrow-right", "plain"),
    _S.ASSIGNED: ("tag", "active"),
    _S.UNASSIGNED: ("arrow-back-up", "plain"),
    _S.RETRIEVED: ("upload", "active"),
    _S.THAW_STARTED: ("thermometer", "active"),
    _S.THAWED: ("droplet", "active"),
    _S.PREPARED: ("flask-2", "active"),
    _S.COUNTED: ("scale", "active"),
    _S.QC_RELEASED: ("shield-check", "good"),
    _S.LABELLED: ("barcode", "good"),
    _S.ISSUED: ("package", "active"),
    _S.TRANSPORTED: ("arrow-right", "active"),
    _S.AT_BEDSIDE: ("building-hospital", "active"),
    _S.IDENTITY_CHECKED: ("fingerprint", "good"),
    _S.STARTED: ("player-play", "active"),
    _S.PAUSED: ("player-pause", "wait"),
    _S.RESUMED: ("player-play", "active"),
    _S.ENDED: ("player-stop", "done"),
    _S.QUARANTINED: ("shield-lock", "wait"),
    _S.RETURNED_TO_USE: ("shield-check", "good"),
    _S.RETURNED: ("arrow-back-up", "plain"),
    _S.DESTROYED: ("trash", "done"),
    _S.RECONCILED: ("checks", "done"),
}


def chain_shown(events: Iterable[CustodyEvent], *, zone: str) -> list[dict[str, object]]:
    """``events`` come with ``by`` and ``second_signature``."""
    return [_event(event, zone=zone) for event in events]


def _event(event: CustodyEvent, *, zone: str) -> dict[str, object]:
    step = CustodyStep(event.step)
    icon, tone = _LOOKS[step]
    return {
        "at": event.happened_at,
        "kind": _(STEP_LABELS[step]),
        "label": _who(event),
        "icon": icon,
        "tone": tone,
        "detail": " · ".join(_details(event, zone=zone)),
    }


def _who(event: CustodyEvent) -> str:
    if event.second_signature is None:
        return event.by.printed_name
    people = {"first": event.by.printed_name, "second": event.second_signature.printed_name}
    return _("%(first)s and %(second)s") % people


def _details(event: CustodyEvent, *, zone: str) -> list[str]:
    celsius = event.temperature_celsius
    late = event.recorded_at != event.happened_at
    parts = [
        event.place,
        "" if celsius is None else quantity(celsius, "°C"),
        "" if event.volume_ml is None else quantity(plain(event.volume_ml), "mL"),
        event.note,
        _("recorded %(at)s") % {"at": trial_time(event.recorded_at, zone)} if late else "",
    ]
    return [part for part in parts if part]
