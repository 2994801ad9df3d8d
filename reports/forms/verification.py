"""The shape of a question about a file: the file itself, or its hash."""

from __future__ import annotations

import hashlib
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

_MOST_BYTES = 50 * 1024 * 1024


class VerificationForm(forms.Form):
    """After ``is_valid``, ``cleaned_data["sha256"]`` is the hash asked about. The file is hashed and kept nowhere."""

    document = forms.FileField(label=_("The PDF file"), required=False, help_text=_("It is hashed, not kept."))
    sha256 = forms.CharField(
        label=_("or its SHA-256"),
        required=False,
        max_length=64,
        validators=[RegexValidator(r"^[0-9a-fA-F]{64}$", _("A SHA-256 has 64 hexadecimal digits."))],
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        document = cleaned.get("document")
        if document is None and not cleaned.get("sha256"):
            if "sha256" not in self.errors:
                raise forms.ValidationError(_("Choose the file, or enter its hash."))
            return cleaned
        if document is not None and document.size > _MOST_BYTES:
            raise forms.ValidationError(_("No report is larger than 50 MB."))
        if document is not None:
            digest = hashlib.sha256()
            for chunk in document.chunks():
                digest.update(chunk)
            cleaned["sha256"] = digest.hexdigest()
        return cleaned
