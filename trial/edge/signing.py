"""The signing form: user name and password, the meaning, the hash of what was seen."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from trial.models import User
from trial.rules.states import MEANING_LABELS, Meaning
from trial.services.signatures import Proof, reauthenticate


class SigningForm(forms.Form):
    """Both components at every signature: nobody signs with a session that was left open. 21 CFR 11.200(a)(1)."""

    meaning = forms.ChoiceField(label=_("Meaning"))
    username = forms.CharField(
        label=_("User name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    password = forms.CharField(
        label=_("Password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "off"})
    )
    content_hash = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: object, meaning: Meaning, content_hash: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through
        field = self.fields["meaning"]
        field.choices = [(meaning.value, _(MEANING_LABELS[meaning]))]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["content_hash"].initial = content_hash

    def proof(self, request: HttpRequest, *, expected: User | None) -> Proof:
        """Check the credentials of a valid form. Raises ``ReauthenticationFailed``."""
        return reauthenticate(
            request=request,
            username=self.cleaned_data["username"],
            password=self.cleaned_data["password"],
            content_sha256=self.cleaned_data["content_hash"],
            expected=expected,
        )


class RationaleSigningForm(SigningForm):
    """A signature with its reason in words."""

    rationale = forms.CharField(label=_("Rationale"), widget=forms.Textarea(attrs={"rows": 3}), max_length=4000)

    field_order = ["rationale", "meaning", "username", "password"]
