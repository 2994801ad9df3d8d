"""Example data of the style guide: every component with long words, Chinese, and none, one or many rows.

Nothing here is read from the study; the page shows how things look, so that a change of style is seen in one place.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import ClassVar, Final

from django import forms
from django.core.paginator import Page, Paginator

from trial.rules.decision import Reason
from trial.templatetags.states import STATES

Example = Mapping[str, object]

ZONE: Final = "Asia/Taipei"
DIGEST: Final = "9f2c4e1ab07d5538c6a1f0e9d2b7446cf1c8a5e3b9d07a2264de13f5087ab9c1"
REASONS: Final = (
    Reason("DOS-GATE", "Gate 1 has no signed decision to proceed.", "Protocol 6.3"),
    Reason("DOS-PREG", "The pregnancy test is older than 72 hours at the planned start.", "Protocol 5.2"),
    Reason(
        "DOS-PRODUCT-TEMPERATURE",
        "Die Kühlkettenunterbrechungsdokumentation der Produkteinheit U-0007 ist noch nicht freigegeben.",
        "House rule: released product only",
    ),
)


class ExampleVisitForm(forms.Form):
    """One field of every kind the forms of the study use."""

    weight = forms.DecimalField(
        label="Body weight", help_text="Measured today, without shoes.", max_digits=5, decimal_places=1
    )
    onset = forms.CharField(
        label="Onset", help_text="As exactly as it is known: 2026-03-12, 2026-03 or 2026.", required=False
    )
    position = forms.ChoiceField(label="Position", choices=[("SITTING", "Sitting"), ("SUPINE", "Supine")])
    outcome = forms.ChoiceField(
        label="Outcome",
        choices=[("RECOVERED", "Recovered"), ("NOT_RECOVERED", "Not recovered"), ("UNKNOWN", "Unknown")],
        widget=forms.RadioSelect,
    )
    devices = forms.MultipleChoiceField(
        label="Begleitmedikationsdokumentationsbögen",
        choices=[("OXYGEN", "Oxygen"), ("CPAP", "CPAP")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    remark = forms.CharField(label="備註 Remark", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    fasting = forms.BooleanField(label="Fasting for at least 8 hours")

    units: ClassVar[dict[str, str]] = {"weight": "kg"}

    def __init__(self, data: Mapping[str, object] | None = None, *, prefix: str) -> None:
        super().__init__(data, prefix=prefix)
        for name, unit in self.units.items():
            self.fields[name].unit = unit  # type: ignore[attr-defined]  # read by components/form_field.html


class ExampleSigningForm(forms.Form):
    """The fields of every signing form, by the names the signature box expects."""

    meaning = forms.ChoiceField(
        label="Meaning of the signature",
        choices=[("PROCEED", "I have reviewed the dossier and decide: proceed"), ("HOLD", "I decide: hold")],
        widget=forms.RadioSelect,
    )
    rationale = forms.CharField(label="Rationale", widget=forms.Textarea(attrs={"rows": 2}), required=False)
    username = forms.CharField(label="User name", widget=forms.TextInput(attrs={"autocomplete": "off"}))
    password = forms.CharField(label="Password", widget=forms.PasswordInput(attrs={"autocomplete": "off"}))
    content_hash = forms.CharField(widget=forms.HiddenInput)


def example(*, now: dt.datetime) -> Example:
    """Everything ``templates/styleguide.html`` shows, around the given trial time."""
    return {
        "now": now,
        "zone": ZONE,
        "started_at": now - dt.timedelta(minutes=62),
        "expected_end_at": now + dt.timedelta(minutes=58),
        "countdowns": [
            now + dt.timedelta(days=3, hours=4),
            now + dt.timedelta(minutes=42),
            now - dt.timedelta(hours=26),
        ],
        "states": sorted(STATES),
        "ladders": [_ladder(now), _empty_ladder()],
        "stats": _stats(),
        "actions": _actions(),
        "facts": _facts(),
        "events": _events(now),
        "tables": [_table(rows=40, page=2), _table(rows=1, page=1), _table(rows=0, page=1)],
        "checks": _checks(),
        "form": ExampleVisitForm(prefix="right"),
        "wrong_form": ExampleVisitForm({"wrong-weight": "heavy", "wrong-remark": "長文字測試"}, prefix="wrong"),
        "signing_form": ExampleSigningForm(initial={"content_hash": DIGEST}),
        "signing": {
            "subject": "Decision on gate 1: proceed to cohort 2",
            "statement": "The evidence is frozen as shown. After the last required signature cohort 2 is open.",
            "content_hash": DIGEST,
        },
        "signatures": [_signature(now, valid=True), _signature(now, valid=False)],
        "history": _history(now),
    }


def _slot(number: int, state: str, given: int, planned: int, window: Example | None = None) -> Example:
    subject = f"01-{number:03d}" if state else ""
    return {
        "label": f"Slot {number}",
        "subject": subject,
        "url": "#subject",
        "state": state,
        "given": given,
        "planned": planned,
        "window": window,
    }


def _window(now: dt.datetime, *, days_left: int) -> Example:
    return {
        "percent": (28 - days_left) * 100 // 28,
        "days_left": days_left,
        "closes_on": (now + dt.timedelta(days=days_left)).date(),
    }


def _ladder(now: dt.datetime) -> Example:
    first = [_slot(n, "FOLLOW_UP", 1, 1, _window(now, days_left=d)) for n, d in ((1, -12), (2, -5), (3, 0))]
    second = [
        _slot(4, "FOLLOW_UP", 2, 2, _window(now, days_left=17)),
        _slot(5, "ON_TREATMENT", 1, 2, _window(now, days_left=25)),
        _slot(6, "ALLOCATED", 0, 2),
        _slot(7, "", 0, 2),
    ]
    third = [_slot(n, "", 0, 4) for n in (8, 9, 10)]
    gates = [
        {"cohort": 1, "state": "PASSED_PROCEED", "url": "#gate-1", "earliest_review_at": None, "lacking": []},
        {
            "cohort": 2,
            "state": "OBSERVING",
            "url": "#gate-2",
            "earliest_review_at": now + dt.timedelta(days=25, hours=9),
            "lacking": REASONS,
        },
    ]
    return _steps([first, second, third], gates, now)


def _empty_ladder() -> Example:
    slots = [[_slot(n, "", 0, 1) for n in numbers] for numbers in ((1, 2, 3), (4, 5, 6, 7), (8, 9, 10))]
    gates = [
        {"cohort": n, "state": state, "url": f"#gate-{n}", "earliest_review_at": None, "lacking": REASONS[:1]}
        for n, state in ((1, "HELD"), (2, "LOCKED"))
    ]
    return _steps(slots, gates, None)


def _steps(slots: Sequence[Sequence[Example]], gates: Sequence[Example], now: dt.datetime | None) -> Example:
    titles = ("Cohort 1", "Cohort 2", "Kohorte 3 Dosiseskalationsbehandlungsgruppe 第三組")
    steps = [
        {"number": n, "title": title, "infusions": infusions, "slots": row}
        for n, title, infusions, row in zip((1, 2, 3), titles, (1, 2, 4), slots, strict=True)
    ]
    return {
        "steps": steps,
        "gates": gates,
        "label": f"Escalation ladder, {gates[0]['state']}",
        "now": now,
        "zone": ZONE,
    }


def _stats() -> list[Example]:
    return [
        {"label": "Subjects allocated", "value": 6, "of": 10, "note": "plan for today: 7", "url": "#subjects"},
        {"label": "Overdue", "value": 3, "note": "oldest 2 d", "url": "#overdue", "tone": "stop"},
        {"label": "Reporting clocks", "value": 1, "note": "24 h, due 18:40", "url": "#clocks", "tone": "wait"},
        {"label": "Open queries", "value": 14, "url": "#queries"},
        {"label": "Next visits", "value": 0, "note": "in 7 days", "url": "#visits"},
    ]


def _actions() -> list[Example]:
    return [
        {"key": "start", "label": "Start infusion", "reasons": REASONS},
        {
            "key": "allocate",
            "label": "Allocate to slot 7",
            "method": "post",
            "url": "#allocate",
            "fields": {"slot": 7},
            "icon": "stairs-up",
        },
        {"key": "hold", "label": "Place a hold", "url": "#hold", "tone": "danger", "icon": "hand-stop"},
    ]


def _facts() -> list[Example]:
    return [
        {"label": "Subject", "value": "01-004", "url": "#subject"},
        {"label": "State", "state": "ON_TREATMENT"},
        {"label": "Body weight", "value": Decimal("61.5"), "unit": "kg", "note": "measured 12 Mar 2026"},
        {"label": "FVC", "value": Decimal("2.31"), "unit": "L", "note": "58 % predicted"},
        {"label": "DLCO", "value": None},
        {"label": "同意書版本 Einwilligungserklärungsversion", "value": "zh-Hant 1.2"},
    ]


def _events(now: dt.datetime) -> list[Example]:
    return [
        {
            "on": (now - dt.timedelta(days=60)).date(),
            "kind": "Consent",
            "label": "Version 1.2, zh-Hant",
            "icon": "writing-sign",
            "tone": "good",
        },
        {
            "at": now - dt.timedelta(days=31),
            "kind": "Infusion",
            "label": "Infusion 1 of 2",
            "icon": "vaccine",
            "tone": "active",
            "gap": "29 days",
            "day": "days since infusion: 0",
            "url": "#infusion",
            "state": "COMPLETED",
        },
        {
            "at": now - dt.timedelta(days=30, hours=4),
            "kind": "Adverse event",
            "label": "發燒 Fever, grade 2",
            "icon": "activity",
            "tone": "stop",
            "detail": "Not serious; related to the product: possible. Paracetamol 500 mg, recovered after one day.",
            "url": "#event",
        },
        {
            "on": (now + dt.timedelta(days=4)).date(),
            "kind": "Visit",
            "label": "D28",
            "icon": "calendar",
            "state": "PLANNED",
            "is_future": True,
            "gap": "34 days",
        },
    ]


def _table(*, rows: int, page: int) -> Example:
    columns = [
        {"label": "Subject", "sort": "code"},
        {"label": "State", "sort": "state"},
        {"label": "Site"},
        {"label": "FVC, L", "sort": "fvc", "numeric": True},
        {"label": "Next", "sort": "due"},
    ]
    page_of_rows: Page[Example] = Paginator([_row(n) for n in range(1, rows + 1)], 15).page(page)
    empty = {
        "title": "No subject yet",
        "text": "A subject begins with screening: enter the facts once.",
        "url": "#screening",
        "action": "Begin screening",
    }
    return {
        "caption": f"Subjects ({rows})",
        "columns": columns,
        "rows": list(page_of_rows),
        "page": page_of_rows,
        "empty": empty,
    }


def _row(number: int) -> Example:
    states = ("SCREENING", "ON_TREATMENT", "FOLLOW_UP", "WITHDRAWN")
    cells: list[Example] = [
        {"value": f"01-{number:03d}", "url": "#subject"},
        {"value": "", "state": states[number % 4]},
        {"value": "三軍總醫院" if number % 2 else "Universitätsklinikum Musterstadt"},
        {"value": Decimal(200 + number).scaleb(-2), "numeric": True},
        {"value": "D28 visit", "note": "due 16 Mar 2026"},
    ]
    return {"cells": cells, "tone": "stop" if number % 7 == 0 else ""}


def _checks() -> list[Example]:
    return [
        {"label": "Consent in force", "value": "version 1.2, zh-Hant", "is_met": True},
        {"label": "Eligibility signed", "value": "Dr. Lin, 2 Mar 2026", "is_met": True},
        {"label": "Cohort open", "is_met": False, "reason": REASONS[0], "url": "#gate", "action": "See gate 1"},
        {"label": "Pregnancy test", "is_met": False, "reason": REASONS[1], "url": "#test", "action": "Enter result"},
        {"label": "Produktfreigabedokumentation", "is_met": False, "reason": REASONS[2]},
    ]


def _signature(now: dt.datetime, *, valid: bool) -> Example:
    return {
        "printed_name": "Lin Mei-Hua 林美華, MD",
        "role": "Principal investigator",
        "is_valid": valid,
        "meaning": "I have reviewed the dossier and decide: proceed",
        "signed_at": now - dt.timedelta(hours=3),
        "method": "user name and password",
        "content_hash": DIGEST,
    }


def _history(now: dt.datetime) -> list[Example]:
    return [
        {
            "at": now - dt.timedelta(hours=2),
            "by": "Chen Yi-Ting",
            "role": "study coordinator",
            "action": "changed",
            "changes": [
                {"field": "Severity", "old": "Grade 1", "new": "Grade 2"},
                {"field": "Resolved on", "old": None, "new": "2026-03"},
            ],
            "reason": "Source document corrected by the ward.",
        },
        {"at": now - dt.timedelta(days=1), "by": "Chen Yi-Ting", "role": "study coordinator", "action": "first saved"},
    ]
