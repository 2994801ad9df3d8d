"""Taking somebody before those who wait longer: why. Shape only; the service decides whether a reason is needed."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class OrderForm(forms.Form):
    order_reason = forms.CharField(
        label=_("Why this subject comes before those who wait longer"),
        required=False,
        max_length=2000,
        help_text=_("It is kept with the allocation, together with the codes of those passed over."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
