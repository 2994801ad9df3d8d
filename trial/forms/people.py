"""Shapes of accounts, roles, delegations and approvals. Nothing here saves."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from trial.edge.signing import SigningForm
from trial.models import Site, User
from trial.rules.roles import ROLE_LABELS, TASK_LABELS, DelegatedTask, Role
from trial.services.delegations import DelegationTerms

_ROLES = [(role.value, ROLE_LABELS[role]) for role in Role]
_TASKS = [(task.value, TASK_LABELS[task]) for task in DelegatedTask]


class DayField(forms.DateField):
    """A whole day at the site, with the browser's own calendar."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


class AccountForm(forms.Form):
    username = forms.CharField(label=_("User name"), max_length=150, validators=[UnicodeUsernameValidator()])
    printed_name = forms.CharField(label=_("Name as it is printed beside a signature"), max_length=120)
    email = forms.EmailField(label=_("E-mail"), required=False)
    password = forms.CharField(
        label=_("First password"),
        strip=False,
        help_text=_("At least 12 characters, not a common one."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("password"):
            person = User(username=cleaned.get("username", ""), printed_name=cleaned.get("printed_name", ""))
            try:
                validate_password(cleaned["password"], person)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return cleaned


class MembershipForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=_ROLES)
    site = forms.ModelChoiceField(
        label=_("Site"), queryset=Site.objects.none(), required=False, empty_label=_("Every site of the study")
    )
    valid_from = DayField(label=_("From (the day itself included)"))

    def __init__(self, *args: Any, sites: QuerySet[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = sites  # type: ignore[attr-defined]  # a ModelChoiceField


class EndingForm(forms.Form):
    """The last day of a role."""

    valid_until = DayField(label=_("Last day"))
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, valid_from: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._valid_from = valid_from

    def clean_valid_until(self) -> date:
        last_day: date = self.cleaned_data["valid_until"]
        if last_day < self._valid_from:
            raise forms.ValidationError(_("The last day cannot be before the first."))
        return last_day


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))


class RevocationForm(ReasonForm):
    revoked_on = DayField(label=_("Not in force from this day on"))


class DelegationForm(forms.Form):
    """The terms of one line of the delegation log."""

    user = forms.ModelChoiceField(label=_("Person"), queryset=User.objects.none(), empty_label=None)
    tasks = forms.MultipleChoiceField(label=_("Tasks"), choices=_TASKS, widget=forms.CheckboxSelectMultiple)
    site = forms.ModelChoiceField(
        label=_("Site"), queryset=Site.objects.none(), required=False, empty_label=_("Every site of the study")
    )
    valid_from = DayField(label=_("From (the day itself included)"))
    valid_until = DayField(label=_("Last day"), required=False, help_text=_("Empty: until revoked."))
    training_valid_until = DayField(label=_("Training valid until"))

    def __init__(self, *args: Any, people: QuerySet[User], sites: QuerySet[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = people  # type: ignore[attr-defined]  # a ModelChoiceField
        self.fields["site"].queryset = sites  # type: ignore[attr-defined]  # as above

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("valid_from"), cleaned.get("valid_until")
        if first and last and last < first:
            self.add_error("valid_until", _("The last day cannot be before the first."))
        return cleaned

    def terms(self) -> DelegationTerms:
        """Of a valid form."""
        given = self.cleaned_data
        return DelegationTerms(
            user=given["user"],
            tasks=tuple(DelegatedTask(task) for task in given["tasks"]),
            valid_from=given["valid_from"],
            valid_until=given["valid_until"],
            training_valid_until=given["training_valid_until"],
            site=given["site"],
        )


class DelegationSigningForm(SigningForm):
    """The signature, with the terms carried along unseen: they are shown above it, and their hash is what is signed."""

    def __init__(self, *args: Any, terms: DelegationForm, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in terms.fields.items():
            multiple = isinstance(field, forms.MultipleChoiceField)
            widget = forms.MultipleHiddenInput() if multiple else forms.HiddenInput()
            initial = terms.data.getlist(name) if multiple else terms.data.get(name)  # type: ignore[attr-defined]  # a QueryDict
            self.fields[name] = (
                forms.MultipleChoiceField(choices=_TASKS, widget=widget, initial=initial)
                if multiple
                else forms.CharField(required=False, widget=widget, initial=initial)
            )


class ApprovalsForm(forms.Form):
    ethics_approved_on = DayField(label=_("Approval of the ethics committee"))
    authority_approved_on = DayField(label=_("Approval of the competent authority"))
