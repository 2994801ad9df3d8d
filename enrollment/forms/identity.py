"""Forms of the identity vault. Nothing that is typed here is kept by a browser or as a draft; services decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.rules.identity import against_birth
from enrollment.rules.identity_document import Identity, entered
from enrollment.rules.identity_number import against_number, written_plainly
from enrollment.rules.states import NumberKind, OpeningPurpose

PURPOSE_NAMES = {
    OpeningPurpose.CONTACT: _("Contact"),
    OpeningPurpose.IDENTITY_CHECK: _("Identity check"),
    OpeningPurpose.CLINICAL_SAFETY: _("Clinical safety"),
    OpeningPurpose.SOURCE_CHECK: _("Source check"),
    OpeningPurpose.CORRECTION: _("Correction"),
    OpeningPurpose.INSPECTION: _("Inspection"),
}
PURPOSE_LABELS = {
    OpeningPurpose.CONTACT: _("Contact: reach the participant or the emergency contact"),
    OpeningPurpose.IDENTITY_CHECK: _("Identity check: compare with the person or the document"),
    OpeningPurpose.CLINICAL_SAFETY: _("Clinical safety: the participant's own safety needs it"),
    OpeningPurpose.SOURCE_CHECK: _("Source check: compare with the medical record"),
    OpeningPurpose.CORRECTION: _("Correction: something recorded is wrong"),
    OpeningPurpose.INSPECTION: _("Inspection: an authority or ethics committee asks"),
}
NUMBER_LABELS = {
    NumberKind.TAIWAN_ID: _("National identity or residence number of Taiwan"),
    NumberKind.OTHER: _("Number of another document"),
}
LONGEST = {
    "full_name": 120,
    "latin_name": 120,
    "number": 30,
    "phone": 40,
    "email": 254,
    "address": 300,
    "contact_name": 120,
    "contact_phone": 40,
    "record_number": 40,
}
LONGEST_NOTE = 300
LONGEST_REASON = 2000
# Neither the browser's memory of forms nor a spelling service on the network learns what is typed.
_PRIVATE = {"autocomplete": "off", "spellcheck": "false", "autocorrect": "off"}


def _text(name: str, label: Any, *, required: bool = False, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, required=required, max_length=LONGEST[name], **more)


class OpeningForm(forms.Form):
    """What the identity is opened for."""

    purpose = forms.ChoiceField(label=_("Purpose"), widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=LONGEST_NOTE,
        help_text=_("Kept readable: no name, number or address."),
        widget=forms.TextInput(attrs=_PRIVATE),
    )

    def __init__(self, data: object = None, *, purposes: Sequence[OpeningPurpose]) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict or nothing
        self.fields["purpose"].choices = [(each.value, PURPOSE_LABELS[each]) for each in purposes]  # type: ignore[attr-defined]  # a ChoiceField


class IdentityForm(forms.Form):
    """Who a participant is. ``today`` is the day at the site."""

    full_name = _text("full_name", _("Full name"), required=True, help_text=_("As on the document."))
    latin_name = _text("latin_name", _("Name in Latin letters"), help_text=_("As in the passport."))
    number_kind = forms.ChoiceField(
        label=_("Kind of number"), choices=[(kind.value, NUMBER_LABELS[kind]) for kind in NumberKind]
    )
    number = _text("number", _("Number"), required=True)
    born_on = forms.DateField(
        label=_("Date of birth"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    phone = _text("phone", _("Telephone"))
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=LONGEST["email"])
    address = _text("address", _("Address"), widget=forms.Textarea(attrs={"rows": 2}))
    contact_name = _text("contact_name", _("Emergency contact"))
    contact_phone = _text("contact_phone", _("Telephone of the emergency contact"))
    record_number = _text("record_number", _("Medical record number"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._today = today
        for field in self.fields.values():
            field.widget.attrs.update(_PRIVATE)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        kind, number, born_on = cleaned.get("number_kind"), cleaned.get("number"), cleaned.get("born_on")
        if kind and number:
            self._add("number", against_number(NumberKind(kind), written_plainly(number)))
        if born_on:
            self._add("born_on", against_birth(born_on, today=self._today))
        return cleaned

    def identity(self) -> Identity:
        """Of a valid form."""
        return entered({name: self.cleaned_data[name] for name in IdentityForm.base_fields})

    def _add(self, name: str, reason: Any) -> None:
        if reason is not None:
            self.add_error(name, reason.message)


class CorrectionForm(IdentityForm):
    """``version`` names what was seen."""

    reason = forms.CharField(
        label=_("Reason for the correction"),
        max_length=LONGEST_REASON,
        help_text=_("Kept readable: no name, number or address."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    version = forms.CharField(widget=forms.HiddenInput, max_length=64)
