"""How values look on a page and in a report: times with their zone, dates, quantities, states, controls.

``{% load look %}``. Nothing here reads the clock, the database or a permission: the view passes what is shown.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from django import template
from django.forms import BoundField, CheckboxInput, Select, Textarea
from django.forms.boundfield import BoundWidget
from django.template import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import dateformat, formats, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext, pgettext

from trial.templatetags.states import StateLook
from trial.templatetags.states import look_of as state_look

register = template.Library()

ABSENT: Final = "—"
NARROW_SPACE: Final = "\u202f"
NO_BREAK_SPACE: Final = "\u00a0"
PARTIAL_DATE: Final = re.compile(r"^(?P<year>\d{4})(?:-(?P<month>0[1-9]|1[0-2]))?$")
GROUPED_FROM_DIGITS: Final = 5


def _zone(zone: dt.tzinfo | str | None) -> dt.tzinfo:
    if isinstance(zone, str):
        zone = ZoneInfo(zone) if zone else None
    return zone or timezone.get_current_timezone()


def _offset(moment: dt.datetime) -> str:
    minutes = int((moment.utcoffset() or dt.timedelta()).total_seconds() // 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours}" + (f":{rest:02d}" if rest else "")


@register.filter
def trial_time(value: dt.datetime | None, zone: dt.tzinfo | str | None = None) -> str:
    """``12 Mar 2026 14:05 (UTC+8)`` in the given zone, else in the current one. A naive time is refused."""
    if not value:
        return ABSENT
    if timezone.is_naive(value):
        raise ValueError("A time is shown with its zone: it must be aware.")
    local = value.astimezone(_zone(zone))
    return f"{trial_date(local.date())} {local:%H:%M} ({_offset(local)})"


@register.simple_tag
def instant(at: dt.datetime | None, zone: dt.tzinfo | str | None = None) -> SafeString:
    """A point in time as it is shown, and machine-readable: ``{% instant gate.opens_at zone %}``."""
    return format_html('<time datetime="{}">{}</time>', at.isoformat() if at else "", trial_time(at, zone))


@register.simple_tag
def day(on: dt.date | str | None) -> SafeString:
    """A day, which may be partial, as it is shown and machine-readable."""
    return _day_shown(on, get_language() or "")


@lru_cache(maxsize=4096)
def _day_shown(on: dt.date | str | None, language: str) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', on or "", trial_date(on))


@register.filter
def trial_date(value: dt.date | dt.datetime | str | None, zone: dt.tzinfo | str | None = None) -> str:
    """``12 Mar 2026``. A partial ISO date stays partial (``Mar 2026``); what cannot be read is shown as it is."""
    if not value:
        return ABSENT
    if isinstance(value, str):
        return _partial_date(value)
    if isinstance(value, dt.datetime):
        value = value.astimezone(_zone(zone)).date() if timezone.is_aware(value) else value.date()
    return _day(value, get_language() or "")


@lru_cache(maxsize=4096)
def _day(day: dt.date, language: str) -> str:
    """Kept by language: the same days stand on every page, and most of them many times."""
    return dateformat.format(day, pgettext("date format: day, month, year", "j M Y"))


def _partial_date(value: str) -> str:
    known = PARTIAL_DATE.match(value)
    if known and known["month"]:
        shown = dt.date(int(known["year"]), int(known["month"]), 1)
        return dateformat.format(shown, pgettext("date format: month, year", "M Y"))
    if known:
        return known["year"]
    try:
        return trial_date(dt.date.fromisoformat(value))
    except ValueError:
        return value


@register.filter
def quantity(value: Decimal | int | str | None, unit: str = "") -> str:
    """A number with its unit, as many decimals as were recorded, thousands set apart: ``1 250 000 cells/kg``."""
    if value is None or value == "":
        return ABSENT
    number = _grouped(value) if isinstance(value, Decimal | int) else str(value)
    return f"{number}{NO_BREAK_SPACE}{unit}" if unit else number


def _grouped(value: Decimal | int) -> str:
    whole, point, decimals = f"{value:f}".partition(".") if isinstance(value, Decimal) else (str(value), "", "")
    if len(whole.lstrip("-")) >= GROUPED_FROM_DIGITS:
        whole = f"{int(whole):,}".replace(",", NARROW_SPACE)
    return whole.replace("-", "−") + (formats.get_format("DECIMAL_SEPARATOR") if point else "") + decimals


@register.filter
def relative(due_at: dt.datetime, now: dt.datetime) -> str:
    """How far ahead or behind a due time lies: ``in 3 d 4 h``, ``2 h 5 min overdue``."""
    words = _countdown_words()
    return words["ahead" if due_at >= now else "over"].replace("{length}", _length(abs(due_at - now), words["units"]))


@register.simple_tag
def countdown_words() -> SafeString:
    """The words of ``relative`` as ``data-`` attributes, so that ``js/clock.js`` goes on in the same language."""
    return format_html_join(" ", 'data-{}="{}"', _countdown_words().items())


def _countdown_words() -> dict[str, str]:
    return {
        "ahead": gettext("in {length}"),
        "over": gettext("{length} overdue"),
        "units": pgettext("short for days, hours, minutes, in this order", "d h min"),
    }


def _length(span: dt.timedelta, units: str) -> str:
    """The two largest units, rounded down: a due time is never shown further away than it is."""
    minutes = int(span.total_seconds() // 60)
    counts = (minutes // 1440, minutes // 60 % 24, minutes % 60)
    parts = list(zip(counts, units.split(), strict=True))
    first = next((i for i, count in enumerate(counts) if count), len(parts) - 1)
    shown = [part for part in parts[first : first + 2] if part[0]] or parts[-1:]
    return " ".join(f"{count}{NO_BREAK_SPACE}{unit}" for count, unit in shown)


@register.filter
def days_left(days: int) -> str:
    """``12 days left``; a window whose last day is over says so."""
    if days <= 0:
        return gettext("window over")
    return ngettext("%(days)s day left", "%(days)s days left", days) % {"days": days}


@register.filter
def clock(seconds: int | Decimal) -> str:
    """Running time as ``1:02:07``; hours, minutes and seconds."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


@register.filter
def look_of(code: object) -> StateLook:
    """Tone, icon and word of a state: ``{% with look=gate.state|look_of %}``."""
    return state_look(code)


@register.simple_tag
def state_pill(state: object, word: str = "", size: str = "") -> SafeString:
    """``{% state_pill gate.state %}``; ``word`` replaces the usual word, ``size="large"`` for headings.

    A tag and not a template, and made once per state and language: a subject's page shows forty of them.
    """
    return _pill(str(state), str(word), size, get_language() or "")


@lru_cache(maxsize=4096)
def _pill(state: str, word: str, size: str, language: str) -> SafeString:
    look = look_of(state)
    sized = f" pill--{size}" if size else ""
    return format_html(
        '<span class="pill pill--{}{}">{}<span>{}</span></span>', look.tone, sized, icon(look.icon), word or look.word
    )


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A symbol of ``static/icons.svg``. Without a label it is decoration and hidden from screen readers."""
    if label:
        href = f"{static('icons.svg')}#{name}"
        return format_html('<svg class="glyph" role="img" aria-label="{}"><use href="{}"></use></svg>', label, href)
    return _decoration(name)


@lru_cache(maxsize=512)
def _decoration(name: str) -> SafeString:
    href = f"{static('icons.svg')}#{name}"
    return format_html('<svg class="glyph" aria-hidden="true" focusable="false"><use href="{}"></use></svg>', href)


@register.simple_tag
@cache
def house_styles() -> SafeString:
    """The style sheets of every page, drawn once in the life of a process: thirteen addresses that never change."""
    return render_to_string("components/styles.html")


@register.simple_tag
@cache
def house_scripts() -> SafeString:
    """The scripts of every page, drawn once likewise."""
    return render_to_string("components/scripts.html")


@register.inclusion_tag("components/sort_link.html", takes_context=True)
def sort_link(context: Context, key: str, label: str, numeric: bool = False) -> dict[str, object]:
    """The header cell ``<th>`` of a sortable column. The address carries ``?sort=key`` or ``?sort=-key``."""
    request = context["request"]
    current = request.GET.get("sort", "")
    direction = {key: "ascending", f"-{key}": "descending"}.get(current, "none")
    address = request.GET.copy()
    address.pop("page", None)
    address["sort"] = f"-{key}" if direction == "ascending" else key
    return {"label": label, "direction": direction, "href": f"?{address.urlencode()}", "numeric": numeric}


@register.simple_tag(takes_context=True)
def query_string(context: Context, **changes: object) -> str:
    """The present address's query with changes: ``{% query_string page=3 %}``; ``None`` takes a key away."""
    address = context["request"].GET.copy()
    for key, value in changes.items():
        address.pop(key, None)
        if value is not None:
            address[key] = str(value)
    return f"?{address.urlencode()}"


@register.filter
def control(bound: BoundField | BoundWidget) -> SafeString:
    """The input of a form field with the classes of the house, tied to its help, unit and errors."""
    if isinstance(bound, BoundWidget):
        bound.data["attrs"]["class"] = "form-check-input"
        return bound.tag()
    described = [f"{bound.auto_id}_{part}" for part in _described_by(bound)]
    attributes: dict[str, str | bool] = {"class": _control_class(bound)}
    if described:
        attributes["aria-describedby"] = " ".join(described)
    if bound.errors:
        attributes["aria-invalid"] = "true"
    return bound.as_widget(attrs=attributes)


def _described_by(bound: BoundField) -> list[str]:
    parts = [("unit", getattr(bound.field, "unit", "")), ("helptext", bound.help_text), ("error", bound.errors)]
    return [name for name, present in parts if present]


def _control_class(bound: BoundField) -> str:
    widget = bound.field.widget
    base = "form-control"
    if isinstance(widget, CheckboxInput):
        base = "form-check-input"
    elif isinstance(widget, Select):
        base = "form-select"
    elif isinstance(widget, Textarea):
        base = "form-control field__text"
    own = widget.attrs.get("class", "")
    return " ".join(part for part in (base, own, "is-invalid" if bound.errors else "") if part)
