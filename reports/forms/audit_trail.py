"""What the audit trail can be narrowed to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reports.selectors.audit_trail import TrailFilter, table_labels


class TrailForm(forms.Form):
    table = forms.ChoiceField(label=_("Records"), required=False)
    subject = forms.CharField(label=_("Subject"), required=False, max_length=24)
    person = forms.CharField(label=_("User name"), required=False, max_length=150)
    act = forms.CharField(label=_("Act begins with"), required=False, max_length=80)
    first_day = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last_day = forms.DateField(
        label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    before = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["table"].choices = [("", _("Every kind")), *table_labels().items()]  # type: ignore[attr-defined]  # a ChoiceField

    def wanted(self) -> TrailFilter:
        """Of a valid form."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "before" and value}
        return TrailFilter(**given)
