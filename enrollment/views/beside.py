"""What stands beside the criteria: how facts were worked out, what is asked, and until when results hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from enrollment.forms.screening_choices import Text
from enrollment.forms.screening_fact import field_name
from enrollment.forms.screening_labels import fact_label, place_of
from enrollment.models import Screening
from enrollment.rules.decline_shown import declines
from enrollment.rules.interviews import INTERVIEW_KEYS
from enrollment.rules.notices import Notice, NoticeKind
from enrollment.rules.standing import AT_FIRST_INFUSION, Expiring, Validity, validities
from enrollment.selectors.eligibility import Assessment
from trial.rules.decision import Reason


@dataclass(frozen=True, slots=True)
class Question:
    """An unlikely value: ``value`` is what is confirmed by ticking."""

    field: str
    label: Text
    value: str
    message: str
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class Pointed:
    """``tone``: stop, wait or plain. ``place``: where it is entered."""

    label: Text
    place: str
    reason: Reason
    tone: str


@dataclass(frozen=True, slots=True)
class ValidityRow:
    label: Text
    taken_on: date
    valid_until: date
    state: str
    note: Text


_TONES = {
    NoticeKind.LEFT_OUT: "wait",
    NoticeKind.BEFORE_SIGNING: "wait",
    NoticeKind.PROPOSAL: "wait",
    NoticeKind.SAFETY: "stop",
    NoticeKind.LACKS: "plain",
}


def beside(assessment: Assessment) -> dict[str, Any]:
    """What the templates of screening and eligibility show of an assessment, besides the verdict itself."""
    treatment = assessment.contract.treatment
    return {
        "steps": () if treatment is None else treatment.steps,
        "questions": _questions(assessment),
        "pointed": tuple(_pointed(each) for each in assessment.notices),
        "declines": declines(assessment.facts, parameters=assessment.parameters),
        "validities": _validity_rows(assessment),
        "stands_until": assessment.stands_until,
    }


def support(shown: Screening) -> tuple[tuple[Text, bool | None], ...]:
    """What the interviews found, as the screening facts repeat it."""
    return tuple((fact_label(key), shown.facts.get(key)) for key in sorted(INTERVIEW_KEYS))


def _questions(assessment: Assessment) -> tuple[Question, ...]:
    asked = [_question(each.key, each.confirm, each.reason.message) for each in assessment.notices if each.confirm]
    confirmed: Mapping[str, object] = assessment.given.confirmed or {}
    return (
        *asked,
        *(_question(key, f"{value:f}", _("Confirmed."), is_confirmed=True) for key, value in confirmed.items()),
    )


def _question(key: str, value: str, message: str, *, is_confirmed: bool = False) -> Question:
    return Question(field_name(f"confirmed.{key}"), fact_label(key), value, message, is_confirmed)


def _pointed(notice: Notice) -> Pointed:
    """An unlikely value leads to where it is confirmed, anything else to where it is entered."""
    place = f"id_{field_name(f'confirmed.{notice.key}')}" if notice.confirm else place_of(notice.key)
    return Pointed(fact_label(notice.key), place, notice.reason, _TONES[notice.kind])


def _validity_rows(assessment: Assessment) -> tuple[ValidityRow, ...]:
    on = assessment.facts.evaluated_on
    found = validities(assessment.facts, parameters=assessment.parameters)
    return tuple(_validity_row(each, is_over=on is not None and each.is_over(on=on)) for each in found)


def _validity_row(validity: Validity, *, is_over: bool) -> ValidityRow:
    again = validity.what not in AT_FIRST_INFUSION
    return ValidityRow(
        label=_what(validity.what),
        taken_on=validity.taken_on,
        valid_until=validity.valid_until,
        state="EXPIRED" if is_over else "VALID",
        note=_("Taken again for each infusion.") if again else "",
    )


def _what(what: Expiring) -> str:
    return {
        Expiring.LUNG_FUNCTION: _("Lung function"),
        Expiring.CT: _("CT"),
        Expiring.PREGNANCY: _("Pregnancy test"),
        Expiring.LIVER: _("Liver tests"),
        Expiring.CREATININE: _("Creatinine"),
        Expiring.HIV: _("HIV test"),
    }[what]
