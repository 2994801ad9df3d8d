"""Forms of an adverse event: recorded, amended, graded again, voided. Shape only; services decide."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from safety.forms.labels import ACTIONS, CRITERIA, OUTCOMES, RELATIONSHIPS, choices
from safety.rules.event_entry import AdverseEventEntry
from safety.rules.grades import GRADE_WORDS
from safety.rules.states import ActionTaken, Outcome, Relationship, SeriousnessCriterion
from trial.forms.wall_clock import WallClockField
from trial.rules.partial_dates import PartialDate
from trial.rules.site_time import from_wall_clock

_YES_NO = [("yes", _("Yes")), ("no", _("No"))]
_BY_LIST = [("", _("As the protocol's list of terms says")), *_YES_NO]
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


class PartialDateField(forms.CharField):
    """``2025``, ``2025-03`` or ``2025-03-31``: as far as it is known, and nothing is guessed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=10, **options)
        self.widget.attrs |= {"placeholder": _("2025-03-31"), "autocomplete": "off"}

    def clean(self, value: object) -> str:
        text = str(super().clean(value) or "").strip()
        if not text:
            return ""
        try:
            return str(PartialDate.parse(text))
        except ValueError as error:
            message = _("Write it as 2025, 2025-03 or 2025-03-31, as far as it is known.")
            raise forms.ValidationError(message, code="invalid") from error


class TimeOfDayField(forms.CharField):
    widget = forms.TextInput(attrs={"type": "time"})

    def clean(self, value: object) -> str:
        text = str(super().clean(value) or "").strip()[:5]
        if text and not _TIME.fullmatch(text):
            raise forms.ValidationError(_("Enter a time, such as 22:15."), code="invalid")
        return text


class GradeField(forms.TypedChoiceField):
    """Only the grades that CTCAE defines for the term, each in a few words."""

    def __init__(self, **options: Any) -> None:
        help_text = _("Only the grades that CTCAE defines for the term; without a term, any.")
        super().__init__(coerce=int, empty_value=None, widget=forms.RadioSelect, help_text=help_text, **options)

    def offer(self, grades: Iterable[int] | None, *, ungraded: bool) -> None:
        """``grades`` None: the event is not coded yet, then any grade is possible."""
        offered = sorted(GRADE_WORDS if grades is None else grades)
        listed = [
            (str(grade), _("Grade %(n)s: %(words)s") % {"n": grade, "words": GRADE_WORDS[grade]}) for grade in offered
        ]
        self.choices = [("", _("Not graded yet")), *listed] if ungraded else listed


class EventFields(forms.Form):
    """What the record of an event and its amendment have in common."""

    reported_term = forms.CharField(
        label=_("In the words of the participant"), max_length=200, help_text=_("Verbatim, in any language.")
    )
    ctcae_term = forms.CharField(
        label=_("CTCAE term"),
        max_length=200,
        required=False,
        help_text=_("Type a few letters and choose; leave it empty to code it later."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "type": "search"}),
    )
    onset_on = PartialDateField(label=_("Began on"), help_text=_("As far as it is known: 2025, 2025-03 or 2025-03-31."))
    onset_time = TimeOfDayField(
        label=_("Began at"), required=False, help_text=_("Site time, where the day and the time are known.")
    )
    ended_on = PartialDateField(label=_("Ended on"), required=False, help_text=_("Empty: it goes on."))
    ended_time = TimeOfDayField(label=_("Ended at"), required=False)
    serious = forms.ChoiceField(
        label=_("Serious"),
        choices=_YES_NO,
        widget=forms.RadioSelect,
        help_text=_("Seriousness is what the event led to; severity is its grade."),
    )
    seriousness_criteria = forms.MultipleChoiceField(
        label=_("Criteria of seriousness"),
        choices=choices(CRITERIA),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("ICH E2A; all that apply."),
    )
    relationship = forms.ChoiceField(
        label=_("Relationship to the study treatment"),
        choices=choices(RELATIONSHIPS),
        help_text=_("Possible or above is related. Assessed by an investigator."),
    )
    special_interest = forms.ChoiceField(label=_("Of special interest"), choices=_BY_LIST, required=False)
    infusion_reaction = forms.BooleanField(label=_("It is a reaction to an infusion"), required=False)
    stopped_infusion = forms.BooleanField(label=_("An infusion was stopped for it"), required=False)
    baseline_present = forms.BooleanField(
        label=_("The condition was present before the first infusion"), required=False
    )
    baseline_grade = forms.TypedChoiceField(
        label=_("Grade before the first infusion"),
        choices=[("", "—"), *((str(grade), str(grade)) for grade in range(1, 5))],
        coerce=int,
        empty_value=None,
        required=False,
    )
    outcome = forms.ChoiceField(label=_("Outcome"), choices=choices(OUTCOMES))
    action_taken = forms.ChoiceField(label=_("Action taken with the study treatment"), choices=choices(ACTIONS))
    aware_at = WallClockField(
        label=_("The site became aware"), help_text=_("Site time. Reporting clocks and causality count from here.")
    )
    died_at = WallClockField(
        label=_("Time of death"), required=False, help_text=_("Only for a fatal event; site time, if known.")
    )
    narrative = forms.CharField(
        label=_("Narrative"), required=False, max_length=20000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, timezone: str, may_assess: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.timezone = timezone
        if not may_assess:
            field = self.fields["relationship"]
            field.disabled = True
            field.help_text = _("Assessed by an investigator; until then it counts as the gate policy says.")

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("onset", "ended"):
            on, time = values.get(f"{name}_on", ""), values.get(f"{name}_time", "")
            if time and f"{name}_on" in values and len(on) != len("2025-03-31"):
                self.add_error(f"{name}_time", _("A time of day needs the whole date."))
            values[name] = f"{on}T{time}" if on and time else on
        return values

    def written(self) -> dict[str, Any]:
        """The fields of a valid form as the entry of an event has them."""
        values = self.cleaned_data
        special = values["special_interest"]
        return {
            "reported_term": values["reported_term"],
            "ctcae_term": values["ctcae_term"].strip(),
            "onset": values["onset"],
            "ended": values["ended"],
            "serious": values["serious"] == "yes",
            "seriousness_criteria": tuple(SeriousnessCriterion(code) for code in values["seriousness_criteria"]),
            "relationship": Relationship(values["relationship"]),
            "special_interest": None if not special else special == "yes",
            "infusion_reaction": values["infusion_reaction"],
            "stopped_infusion": values["stopped_infusion"],
            "baseline_present": values["baseline_present"],
            "baseline_grade": values["baseline_grade"],
            "outcome": Outcome(values["outcome"]),
            "action_taken": ActionTaken(values["action_taken"]),
            "aware_at": self._instant("aware_at"),
            "narrative": values["narrative"],
            "died_at": self._instant("died_at"),
        }

    def _instant(self, name: str) -> datetime | None:
        written = self.cleaned_data[name]
        return None if written is None else from_wall_clock(written, timezone=self.timezone)


class RecordEventForm(EventFields):
    """A new event, with its first grade and the visit or infusion to which it belongs."""

    grade = GradeField(label=_("Grade (severity)"), required=False)
    graded_on = forms.DateField(
        label=_("Grade since"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Empty: from its beginning."),
    )
    visit = forms.ChoiceField(label=_("Told at visit"), required=False)
    infusion = forms.TypedChoiceField(label=_("Belongs to infusion"), required=False, coerce=int, empty_value=None)

    def __init__(
        self,
        *args: Any,
        grades: frozenset[int] | None,
        visits: Iterable[tuple[str, str]],
        infusions: Iterable[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        grade = self.fields["grade"]
        if isinstance(grade, GradeField):
            grade.offer(grades, ungraded=True)
        self.fields["visit"].choices = [("", "—"), *visits]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["infusion"].choices = [("", "—"), *infusions]  # type: ignore[attr-defined]  # as above

    def entry(self) -> AdverseEventEntry:
        values = self.cleaned_data
        return AdverseEventEntry(
            **self.written(),
            grade=values["grade"],
            graded_on=values["graded_on"],
            visit_code=values["visit"],
            infusion_number=values["infusion"],
        )


class AmendEventForm(EventFields):
    reason = forms.CharField(
        label=_("Reason for the change"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )


class RegradeForm(forms.Form):
    grade = GradeField(label=_("Grade"))
    graded_on = forms.DateField(
        label=_("Since"), widget=forms.DateInput(attrs={"type": "date"}), help_text=_("The first day of this grade.")
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=2000, help_text=_("A worse day, or a correction: earlier grades stay readable.")
    )

    def __init__(self, *args: Any, grades: frozenset[int] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        grade = self.fields["grade"]
        if isinstance(grade, GradeField):
            grade.offer(grades, ungraded=False)


class VoidForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it was entered in error"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )


def initial_of(entry: AdverseEventEntry, *, aware_at: datetime) -> Mapping[str, Any]:
    """What an amendment starts from. ``aware_at``: on the site's clock, without its zone."""
    onset, _t, onset_time = entry.onset.partition("T")
    ended, _t, ended_time = entry.ended.partition("T")
    return {
        "reported_term": entry.reported_term,
        "ctcae_term": entry.ctcae_term,
        "onset_on": onset,
        "onset_time": onset_time,
        "ended_on": ended,
        "ended_time": ended_time,
        "serious": "yes" if entry.serious else "no",
        "seriousness_criteria": [criterion.value for criterion in entry.seriousness_criteria],
        "relationship": entry.relationship.value,
        "special_interest": "yes" if entry.special_interest else "no",
        "infusion_reaction": entry.infusion_reaction,
        "stopped_infusion": entry.stopped_infusion,
        "baseline_present": entry.baseline_present,
        "baseline_grade": entry.baseline_grade,
        "outcome": entry.outcome.value,
        "action_taken": entry.action_taken.value,
        "aware_at": aware_at,
        "narrative": entry.narrative,
    }
