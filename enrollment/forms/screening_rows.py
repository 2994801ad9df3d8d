"""Lists of screening facts as rows of a form: diagnoses and treatments, as many as there are."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from enrollment.forms import screening_choices as choices
from enrollment.forms.screening_choices import Text
from enrollment.forms.screening_fact import Fact, Kind

MOST_ROWS = 100


@dataclass(frozen=True, slots=True)
class RowKind:
    """``closing_field``: the checkbox that says that the list is all there is; ``closing_key`` where that is a fact."""

    key: str
    facts: Callable[[int], tuple[Fact, ...]]
    label: Text
    add: Text
    closing_field: str
    closing_label: Text
    closing_key: str = ""

    def count(self, written: Mapping[str, Any]) -> int:
        """One row more than is filled, so that there is always room for another without any script."""
        pattern = re.compile(rf"{self.key}__(\d{{1,2}})__\w+")
        places = [int(found[1]) for name in written if (found := pattern.fullmatch(name)) and written.get(name)]
        return min(max(places, default=-1) + 2, MOST_ROWS)


def _diagnosis(index: int) -> tuple[Fact, ...]:
    return (
        Fact(f"ctd[{index}].diagnosis", _("Diagnosis"), Kind.CHOICE, choices=choices.DIAGNOSES),
        Fact(f"ctd[{index}].criteria_set", _("By which criteria"), Kind.CHOICE, choices=choices.CRITERIA_SETS),
        Fact(f"ctd[{index}].criteria_met", _("Classification criteria met"), Kind.FLAG),
        Fact(f"ctd[{index}].attested", _("Attested by the investigator"), Kind.FLAG),
        Fact(f"ctd[{index}].attestation", _("If not named in the protocol: why it counts"), Kind.WORDS),
    )


def _treatment(index: int) -> tuple[Fact, ...]:
    return (
        Fact(f"treatments[{index}].drug", _("Drug"), Kind.DRUG_NAME),
        Fact(f"treatments[{index}].daily_dose_mg", _("Dose"), Kind.NUMBER, unit=_("mg/day")),
        Fact(f"treatments[{index}].started_on", _("From"), Kind.PARTIAL),
        Fact(f"treatments[{index}].ended_on", _("Until"), Kind.PARTIAL),
        Fact(f"treatments[{index}].ongoing", _("Goes on"), Kind.FLAG),
        Fact(f"treatments[{index}].attested", _("Attested as potent"), Kind.FLAG),
        Fact(f"treatments[{index}].drug_class", _("Class, if not listed"), Kind.CHOICE, choices=choices.DRUG_CLASS),
    )


ROW_KINDS: Mapping[str, RowKind] = {
    kind.key: kind
    for kind in (
        RowKind(
            "ctd",
            _diagnosis,
            label=_("Diagnosis"),
            add=_("Add a diagnosis"),
            closing_field="ctd_none",
            closing_label=_("There is no connective tissue disease"),
        ),
        RowKind(
            "treatments",
            _treatment,
            label=_("Treatment"),
            add=_("Add a treatment"),
            closing_field="treatments_complete",
            closing_label=_("These are all steroids and immunosuppressants there ever were"),
            closing_key="treatments_complete",
        ),
    )
}
