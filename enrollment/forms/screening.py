"""The screening form: every fact of the eligibility contract, as text until the contract reads it. Shape only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from enrollment.forms.screening_fields import (
    DIAGNOSES,
    DIAGNOSIS_GROUP,
    FACTS,
    GROUPS,
    Fact,
    Kind,
    Text,
    field_name,
)
from trial.documents.problems import Problem

_FLAGS = {"yes": True, "no": False}
_FLAG_CHOICES = [("", "—"), ("yes", _("Yes")), ("no", _("No"))]
_ROWS_AT_LEAST = 2
_DIAGNOSIS_ROW = re.compile(r"ctd__(\d{1,2})__diagnosis")
_LONGEST = 64


@dataclass(frozen=True, slots=True)
class Fieldset:
    """A group of fields; ``rows`` are fields that belong together, one row per diagnosis."""

    code: str
    legend: Text
    fields: tuple[BoundField, ...]
    rows: tuple[tuple[BoundField, ...], ...] = ()


class ScreeningForm(forms.Form):
    """``facts`` fill an unbound form. ``seen_sha256`` is the hash of the facts the person began from."""

    seen_sha256 = forms.CharField(widget=forms.HiddenInput, max_length=_LONGEST, required=False)
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
        self._rows = _row_count(data if data is not None else written)
        for fact in FACTS.values():
            self.fields[field_name(fact.key)] = self._field(fact)
        for fact in self._diagnosis_facts():
            self.fields[field_name(fact.key)] = self._field(fact)
        self.fields["ctd_none"] = forms.BooleanField(label=_("There is no connective tissue disease"), required=False)

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("ctd_none") and self._diagnoses():
            self.add_error("ctd_none", _("A diagnosis is entered as well: keep one of the two."))
        return self.cleaned_data

    def fieldsets(self) -> Iterator[Fieldset]:
        for group in GROUPS:
            if group.code == DIAGNOSIS_GROUP:
                rows = tuple(self._bound(row) for row in self._diagnosis_rows())
                yield Fieldset(group.code, group.legend, (self["ctd_none"],), rows)
            else:
                yield Fieldset(group.code, group.legend, self._bound(group.facts))

    def document(self) -> dict[str, Any]:
        """What was typed, with the keys of the contract; what was left empty is not known and not in it."""
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
        diagnoses = self._diagnoses()
        if diagnoses or self.cleaned_data.get("ctd_none"):
            document["ctd"] = [row for _index, row in diagnoses]
        return document

    def add_problems(self, problems: Iterable[Problem]) -> None:
        """Stand each problem of the document beside the field it comes from."""
        places = [index for index, _row in self._diagnoses()]
        for problem in problems:
            name = field_name(_typed_key(problem.key, places))
            self.add_error(name if name in self.fields else None, problem.text)

    def _value(self, fact: Fact) -> str | bool | None:
        text = str(self.cleaned_data.get(field_name(fact.key), "")).strip()
        if not text:
            return None
        return _FLAGS.get(text, text) if fact.kind is Kind.FLAG else text

    def _diagnoses(self) -> list[tuple[int, dict[str, Any]]]:
        """The rows that say anything, each with its place on the page."""
        found = []
        for index, row in enumerate(self._diagnosis_rows()):
            values = {fact.key.rpartition(".")[2]: self._value(fact) for fact in row}
            known = {key: value for key, value in values.items() if value is not None}
            if known:
                found.append((index, known))
        return found

    def _bound(self, facts: Iterable[Fact]) -> tuple[BoundField, ...]:
        return tuple(self[field_name(fact.key)] for fact in facts)

    def _diagnosis_facts(self) -> list[Fact]:
        return [fact for row in self._diagnosis_rows() for fact in row]

    def _diagnosis_rows(self) -> list[tuple[Fact, ...]]:
        return [_diagnosis_row(index) for index in range(self._rows)]

    def _field(self, fact: Fact) -> forms.CharField:
        field = forms.CharField(
            label=str(fact.label),
            help_text=str(fact.help),
            required=False,
            max_length=_LONGEST,
            widget=self._widget(fact),
        )
        field.unit = fact.unit  # type: ignore[attr-defined]  # read by components/form_field.html
        return field

    def _widget(self, fact: Fact) -> forms.Widget:
        if fact.kind is Kind.FLAG:
            return forms.Select(choices=_FLAG_CHOICES)
        if fact.kind is Kind.CHOICE:
            return forms.Select(choices=[("", "—"), *fact.choices])
        if fact.kind is Kind.DRUG:
            saved = str(self.initial.get(fact.key, ""))
            known = [*self._drugs, *([saved] if saved and saved not in self._drugs else [])]
            return forms.Select(choices=[("", "—"), *((drug, drug.capitalize()) for drug in known)])
        if fact.kind is Kind.DAY:
            return forms.TextInput(attrs={"type": "date", "class": "control--date"})
        if fact.kind is Kind.PARTIAL:
            return forms.TextInput(attrs={"class": "control--date", "autocomplete": "off"})
        return forms.TextInput(attrs={"inputmode": "decimal", "class": "control--number", "autocomplete": "off"})


def flat(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Saved facts as values of form fields: yes and no for flags, one name for a key inside another."""
    written: dict[str, Any] = {}
    for key, value in facts.items():
        if key == "ctd":
            written["ctd_none"] = not value
            for index, row in enumerate(value):
                written |= {field_name(f"ctd[{index}].{part}"): _written(each) for part, each in row.items()}
        elif isinstance(value, Mapping):
            written |= {field_name(f"{key}.{part}"): _written(each) for part, each in value.items()}
        else:
            written[key] = _written(value)
    return written


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _diagnosis_row(index: int) -> tuple[Fact, ...]:
    return (
        Fact(f"ctd[{index}].diagnosis", _("Diagnosis"), Kind.CHOICE, choices=DIAGNOSES),
        Fact(f"ctd[{index}].criteria_met", _("Classification criteria met"), Kind.FLAG),
        Fact(f"ctd[{index}].attested", _("Attested by the investigator"), Kind.FLAG),
    )


def _row_count(written: Mapping[str, Any]) -> int:
    """One row more than is filled, so that there is always room for another diagnosis."""
    places = [int(found[1]) for name in written if (found := _DIAGNOSIS_ROW.fullmatch(name)) and written.get(name)]
    return max(_ROWS_AT_LEAST, *(place + 2 for place in places), 0)


def _typed_key(key: str, places: Sequence[int]) -> str:
    """The key of a row of the document as the key of the row on the page: empty rows lie between."""
    found = re.match(r"ctd\[(\d+)\]", key)
    if found is None or int(found[1]) >= len(places):
        return key
    return f"ctd[{places[int(found[1])]}]{key[found.end() :]}"
