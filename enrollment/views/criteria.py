"""A verdict on a page: every criterion with its wording, the values used, the reasons and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from enrollment.forms.screening_choices import Text
from enrollment.forms.screening_labels import fact_label, fact_of, place_of
from enrollment.rules.eligibility import (
    EXCLUSIONS,
    INCLUSIONS,
    Criterion,
    CriterionResult,
    EligibilityVerdict,
    Overall,
)
from enrollment.rules.screening_changes import PENDING, pending
from enrollment.rules.verdict import Verdict
from trial.protocol.schema import ProtocolDefinition
from trial.rules.decision import Reason
from trial.templatetags.look import trial_date

TITLES: Mapping[Criterion, Text] = {
    Criterion.I1A: _("Age"),
    Criterion.I1B: _("Connective tissue disease"),
    Criterion.I2: _("Interstitial lung disease"),
    Criterion.I3: _("Family support"),
    Criterion.I4: _("Pregnancy test"),
    Criterion.I5: _("Contraception agreed"),
    Criterion.X1: _("Unwilling to consent"),
    Criterion.X2A: _("Age outside the range"),
    Criterion.X2B: _("Improvement under treatment"),
    Criterion.X2: _("Age or improvement, as in force"),
    Criterion.X3: _("Pregnant, breastfeeding or unprotected"),
    Criterion.X4: _("Liver or kidney"),
    Criterion.X5: _("Immune deficiency or notifiable infection"),
}
PATHWAYS: Mapping[str, Text] = {
    "A": _("Refractory or progressive"),
    "B": _("Rapidly progressive"),
    "C": _("Rapidly worsening"),
}

# Tone and shape of the whole verdict are those of a criterion that is met, not met, or open.
_OVERALL: Mapping[Overall, tuple[str, Text]] = {
    Overall.ELIGIBLE: ("MET", _("Eligible")),
    Overall.INELIGIBLE: ("NOT_MET", _("Not eligible")),
    Overall.PENDING: ("UNKNOWN", _("Pending")),
}


@dataclass(frozen=True, slots=True)
class Value:
    label: Text
    value: Text


@dataclass(frozen=True, slots=True)
class Missing:
    """A fact that would settle a criterion; ``place`` is where it is entered, empty where that is not on this page."""

    label: Text
    place: str


@dataclass(frozen=True, slots=True)
class CriterionRow:
    """``state`` is the word of the criterion itself; ``stands`` says what it does to enrolment."""

    code: str
    title: Text
    state: str
    stands: str
    wording: str
    used: tuple[Value, ...]
    reasons: tuple[Reason, ...]
    missing: tuple[Missing, ...]
    pathways: tuple[tuple[str, Text, str], ...]
    is_part: bool


@dataclass(frozen=True, slots=True)
class VerdictPage:
    overall: str
    overall_state: str
    overall_word: Text
    inclusions: tuple[CriterionRow, ...]
    exclusions: tuple[CriterionRow, ...]
    failing: tuple[CriterionRow, ...]
    missing: tuple[Missing, ...]

    @property
    def rows(self) -> tuple[CriterionRow, ...]:
        return self.inclusions + self.exclusions

    @property
    def passing_count(self) -> int:
        return sum(row.stands == "passes" for row in self.rows if not row.is_part)

    @property
    def deciding_count(self) -> int:
        return sum(not row.is_part for row in self.rows)


def verdict_page(verdict: EligibilityVerdict, *, definition: ProtocolDefinition) -> VerdictPage:
    rows = tuple(_row(each, verdict, definition) for each in verdict.criteria)
    return VerdictPage(
        overall=verdict.overall.value,
        overall_state=_OVERALL[verdict.overall][0],
        overall_word=_OVERALL[verdict.overall][1],
        inclusions=tuple(row for row in rows if Criterion(row.code) in INCLUSIONS),
        exclusions=tuple(row for row in rows if Criterion(row.code) not in INCLUSIONS),
        failing=tuple(row for row in rows if row.stands == "fails"),
        missing=_missing(verdict.needs),
    )


def _row(each: CriterionResult, verdict: EligibilityVerdict, definition: ProtocolDefinition) -> CriterionRow:
    is_part = each.code not in INCLUSIONS | EXCLUSIONS
    return CriterionRow(
        code=each.code.value,
        title=TITLES[each.code],
        state=_state(each),
        stands="fails" if each.fails else "passes" if each.passes and not is_part else "part" if is_part else "open",
        wording=_wording(each.code, definition),
        used=tuple(_used(each)),
        reasons=each.reasons,
        missing=_missing(each.needs),
        pathways=tuple((name, PATHWAYS[name], result.value) for name, result in verdict.pathways.items())
        if each.code is Criterion.I2
        else (),
        is_part=is_part,
    )


def _state(each: CriterionResult) -> str:
    """For an exclusion, "met" would read like good news: it is shown as excluded or not excluded."""
    if each.code in INCLUSIONS:
        return each.result.value
    return {Verdict.MET: "EXCLUDED", Verdict.NOT_MET: "NOT_EXCLUDED"}.get(each.result, each.result.value)


def _wording(code: Criterion, definition: ProtocolDefinition) -> str:
    """The protocol's own words; the halves of a criterion share those of the whole."""
    texts = {text.code: text.text for text in definition.criteria}
    return texts.get(code.value) or texts.get(code.value.rstrip("ab"), "")


def _used(each: CriterionResult) -> Iterator[Value]:
    for key, value in each.used.items():
        yield Value(fact_label(key), fact_text(key, value))


def fact_text(key: str, value: object) -> Text:
    """A value as people write it: yes and no, the word of a choice, a date with its month, a number as recorded."""
    if value is None or value == "":
        return _("not recorded")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    fact = fact_of(key) or fact_of(f"{key}.result")
    if fact is not None and fact.choices:
        return dict(fact.choices).get(str(value), str(value))
    if key.endswith(("_on", "_date")):
        return trial_date(str(value))
    return str(value)


def in_words(reasons: Sequence[Reason], verdict: EligibilityVerdict) -> tuple[Reason, ...]:
    """Reasons as people read them: what is still needed by the labels of the form, not by the keys of the facts."""
    named = pending(verdict, name=lambda key: str(fact_label(key)))
    return tuple(named if reason.code == PENDING else reason for reason in reasons)


def _missing(keys: Iterable[str]) -> tuple[Missing, ...]:
    return tuple(Missing(fact_label(key), place_of(key)) for key in keys)


def difference_rows(
    keys: Sequence[str], *, columns: Sequence[Mapping[str, object]]
) -> tuple[tuple[Text, tuple[Text, ...]], ...]:
    """Facts side by side in several documents: label, and the text of each."""
    return tuple((fact_label(key), tuple(whole_text(key, column.get(key)) for column in columns)) for key in keys)


def whole_text(key: str, value: object) -> Text:
    """A fact of a document, also one made of parts: each part with its label."""
    if isinstance(value, Mapping):
        return "; ".join(f"{fact_label(f'{key}.{part}')}: {fact_text(f'{key}.{part}', v)}" for part, v in value.items())
    if isinstance(value, list):
        return "; ".join(", ".join(_member_words(f"{key}[{n}]", row)) for n, row in enumerate(value)) or _("none")
    return fact_text(key, value)


def _member_words(key: str, row: Mapping[str, object]) -> Iterator[str]:
    """A member of a list: its name, then every other part with its label."""
    for part, value in row.items():
        text = str(fact_text(f"{key}.{part}", value))
        yield text if part in ("diagnosis", "drug") else f"{fact_label(f'{key}.{part}')}: {text}"
