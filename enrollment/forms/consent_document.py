"""Forms of the signed page: choosing its file, and saying what it is opened for."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from enrollment.forms.identity import PURPOSE_LABELS
from enrollment.rules.signed_page import MOST_BYTES, signed_page
from enrollment.rules.states import OpeningPurpose


class SignedPageField(forms.FileField):
    """A scan, judged by its content: the same judgement as the service's, told at the field."""

    widget = forms.FileInput(attrs={"accept": "application/pdf,image/jpeg,image/png"})

    def __init__(self) -> None:
        help_text = _("PDF, JPEG or PNG, at most 10 MiB. It is stored sealed.")
        super().__init__(label=_("Scan of the signed page"), allow_empty_file=True, max_length=200, help_text=help_text)

    def clean(self, data: object, initial: object = None) -> bytes:
        return content_of(super().clean(data, initial))


def content_of(uploaded: UploadedFile) -> bytes:
    """The content of a file that can be a signed page. Raises ``forms.ValidationError`` with the code of the rule."""
    size = uploaded.size or 0
    content = b"" if size > MOST_BYTES else uploaded.read()
    judged = signed_page(content, size=size)
    if judged.reason is not None:
        raise forms.ValidationError(judged.reason.message, code=judged.reason.code)
    return content


class SignedPageForm(forms.Form):
    file = SignedPageField()


class OpeningForm(forms.Form):
    """``purposes``: those that this person may state for this subject."""

    purpose = forms.ChoiceField(label=_("What it is opened for"), widget=forms.RadioSelect)

    def __init__(self, data: object = None, *, purposes: Sequence[OpeningPurpose]) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict or nothing
        choices = [(purpose.value, PURPOSE_LABELS[purpose]) for purpose in purposes]
        self.fields["purpose"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
