"""The screening form: every fact that is kept of a screening, as text until the document is read. Shape only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from enrollment.forms.screening_choices import Text
from enrollment.forms.screening_controls import control_for, longest
from enrollment.forms.screening_fact import Fact, Kind, field_name
from enrollment.forms.screening_fields import FACTS, GROUPS
from enrollment.forms.screening_rows import ROW_KINDS, RowKind
from enrollment.rules.plausibility import KIND_OF
from trial.documents.problems import Problem

_FLAGS = {"yes": True, "no": False}
_LONGEST_HASH = 64


@dataclass(frozen=True, slots=True)
class Row:
    """One member of a list. ``is_empty``: nothing is said in it, it is room for another."""

    number: int
    fields: tuple[BoundField, ...]
    is_empty: bool


@dataclass(frozen=True, slots=True)
class Fieldset:
    """A group of fields. ``kind``, ``rows``, ``closing``: of a list, and what says that it is all; ``instead``: fields
    that are typed only where there are no rows."""

    code: str
    legend: Text
    fields: tuple[BoundField, ...]
    kind: RowKind | None = None
    rows: tuple[Row, ...] = ()
    closing: BoundField | None = None
    instead: tuple[BoundField, ...] = ()

    @property
    def has_rows(self) -> bool:
        return any(not row.is_empty for row in self.rows)

    @property
    def has_instead(self) -> bool:
        return any(field.value() or field.errors for field in self.instead)


class ScreeningForm(forms.Form):
    """``facts`` fill an unbound form. ``seen_sha256`` is the hash of the facts the person began from."""

    seen_sha256 = forms.CharField(widget=forms.HiddenInput, max_length=_LONGEST_HASH, required=False)
    reason = forms.CharField(
        label=_("Reason for the change"),
        help_text=_("A saved value changes: say why, for the record."),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
        required=False,
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        facts: Mapping[str, Any],
        seen_sha256: str,
        drugs: Sequence[str],
    ) -> None:
        written = flat(facts)
        super().__init__(data, initial=written | {"seen_sha256": seen_sha256})
        self._drugs = drugs
        present = data if data is not None else written
        self._rows = {kind.key: [kind.facts(i) for i in range(kind.count(present))] for kind in ROW_KINDS.values()}
        for fact in (*FACTS.values(), *(fact for rows in self._rows.values() for row in rows for fact in row)):
            self.fields[field_name(fact.key)] = self._field(fact)
        for kind in ROW_KINDS.values():
            self.fields[kind.closing_field] = forms.BooleanField(label=str(kind.closing_label), required=False)
        for key in KIND_OF:
            self.fields[_confirmation(key)] = forms.CharField(max_length=longest(Kind.NUMBER), required=False)

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("ctd_none") and self._members("ctd"):
            self.add_error("ctd_none", _("A diagnosis is entered as well: keep one of the two."))
        return self.cleaned_data

    def fieldsets(self) -> Iterator[Fieldset]:
        for group in GROUPS:
            kind = ROW_KINDS.get(group.rows)
            yield Fieldset(
                group.code,
                group.legend,
                self._bound(group.facts),
                kind=kind,
                rows=() if kind is None else self._bound_rows(kind),
                closing=None if kind is None else self[kind.closing_field],
                instead=self._bound(group.instead),
            )

    def document(self) -> dict[str, Any]:
        """What was typed, with the keys of the document; what was left empty is not known and not in it."""
        document: dict[str, Any] = {}
        for fact in FACTS.values():
            value = self._value(fact)
            if value is None:
                continue
            outer, _dot, inner = fact.key.partition(".")
            if inner:
                document.setdefault(outer, {})[inner] = value
            else:
                document[outer] = value
        return document | self._lists() | self._confirmations()

    def add_problems(self, problems: Iterable[Problem]) -> None:
        """Stand each problem of the document beside the field it comes from."""
        for problem in problems:
            name = field_name(self.typed_key(problem.key))
            self.add_error(name if name in self.fields else None, problem.text)

    def typed_key(self, key: str) -> str:
        """The key of a member of a list in the document as the key of its row on the page: empty rows lie between."""
        found = re.match(r"(\w+)\[(\d+)\]", key)
        if found is None or found[1] not in ROW_KINDS:
            return key
        places = [index for index, _row in self._members(found[1])]
        number = int(found[2])
        return f"{found[1]}[{places[number]}]{key[found.end() :]}" if number < len(places) else key

    def _lists(self) -> dict[str, Any]:
        document: dict[str, Any] = {}
        for kind in ROW_KINDS.values():
            members = [row for _index, row in self._members(kind.key)]
            closed = bool(self.cleaned_data.get(kind.closing_field))
            if members or (closed and not kind.closing_key):
                document[kind.key] = members
            if closed and kind.closing_key:
                document[kind.closing_key] = True
        return document

    def _confirmations(self) -> dict[str, Any]:
        typed = {key: str(self.cleaned_data.get(_confirmation(key), "")).strip() for key in KIND_OF}
        said = {key: value for key, value in typed.items() if value}
        return {"confirmed": said} if said else {}

    def _value(self, fact: Fact) -> str | bool | None:
        text = str(self.cleaned_data.get(field_name(fact.key), "")).strip()
        if not text:
            return None
        return _FLAGS.get(text, text) if fact.kind is Kind.FLAG else text

    def _members(self, key: str) -> list[tuple[int, dict[str, Any]]]:
        """The rows that say anything, each with its place on the page."""
        found = []
        for index, row in enumerate(self._rows[key]):
            values = {fact.key.rpartition(".")[2]: self._value(fact) for fact in row}
            known = {part: value for part, value in values.items() if value is not None}
            if known:
                found.append((index, known))
        return found

    def _bound(self, facts: Iterable[Fact]) -> tuple[BoundField, ...]:
        return tuple(self[field_name(fact.key)] for fact in facts)

    def _bound_rows(self, kind: RowKind) -> tuple[Row, ...]:
        bound = (self._bound(row) for row in self._rows[kind.key])
        return tuple(
            Row(number, fields, is_empty=not any(field.value() or field.errors for field in fields))
            for number, fields in enumerate(bound, start=1)
        )

    def _field(self, fact: Fact) -> forms.CharField:
        field = forms.CharField(
            label=str(fact.label),
            help_text=str(fact.help),
            required=False,
            max_length=longest(fact.kind),
            widget=control_for(fact, drugs=self._drugs, saved=str(self.initial.get(field_name(fact.key), ""))),
        )
        field.unit = fact.unit  # type: ignore[attr-defined]  # read by components/form_field.html
        return field


def flat(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Saved facts as values of form fields: yes and no for flags, one name for a key inside another."""
    closings = {kind.closing_key: kind.closing_field for kind in ROW_KINDS.values()}
    written: dict[str, Any] = {}
    for key, value in facts.items():
        if key in closings:
            written[closings[key]] = bool(value)
        elif key in ROW_KINDS:
            if not ROW_KINDS[key].closing_key:
                written[ROW_KINDS[key].closing_field] = not value
            for index, row in enumerate(value):
                written |= {field_name(f"{key}[{index}].{part}"): _written(each) for part, each in row.items()}
        elif isinstance(value, Mapping):
            written |= {field_name(f"{key}.{part}"): _written(each) for part, each in value.items()}
        else:
            written[key] = _written(value)
    return written


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _confirmation(key: str) -> str:
    return field_name(f"confirmed.{key}")
