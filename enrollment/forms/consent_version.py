"""Forms of the approved consent forms: entering one, and asking for it to be signed again. Services decide."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from enrollment.services.consent_versions import VersionEntry
from trial.forms.people import DayField
from trial.models import Site

LANGUAGE_TAG = RegexValidator(r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z", _("A language tag, such as zh-Hant or en."))
LABEL = RegexValidator(r"^[0-9A-Za-z][0-9A-Za-z.\- ]*\Z", _("Letters, digits, points and hyphens, such as 2.0."))


class VersionForm(forms.Form):
    """A form as the ethics committee approved it. Whether it has to be signed again is answered, not left out."""

    site = forms.ChoiceField(label=_("Site"))
    label = forms.CharField(
        label=_("Version"), max_length=32, validators=[LABEL], help_text=_("As printed on the form, such as 2.0.")
    )
    language = forms.CharField(
        label=_("Language"), max_length=12, validators=[LANGUAGE_TAG], help_text=_("Such as zh-Hant, en or vi.")
    )
    approved_on = DayField(label=_("Approved by the ethics committee on"))
    approval_reference = forms.CharField(label=_("Reference of the approval"), max_length=80)
    reconsent_required = forms.ChoiceField(
        label=_("Subjects on an older version have to sign it again"),
        choices=[("yes", _("Yes: until they have, no infusion starts")), ("no", _("No"))],
        widget=forms.RadioSelect,
    )
    reconsent_by = DayField(
        label=_("Last day for signing again"), required=False, help_text=_("Only where it has to be signed again.")
    )
    late_reason = forms.CharField(
        label=_("Why it is entered only now"),
        required=False,
        max_length=300,
        help_text=_("Only for a form approved before one of its language that is entered already."),
    )

    def __init__(self, data: object = None, *, sites: Sequence[Site]) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict or nothing
        self._sites = {site.code: site for site in sites}
        choices = [(site.code, f"{site.code}, {site.name}") for site in sites]
        self.fields["site"].choices = choices if len(choices) == 1 else [("", "—"), *choices]  # type: ignore[attr-defined]  # a ChoiceField

    def entry(self) -> VersionEntry:
        """The entry of a valid form."""
        values = self.cleaned_data
        return VersionEntry(
            site=self._sites[values["site"]],
            label=values["label"],
            language=values["language"],
            approved_on=values["approved_on"],
            approval_reference=values["approval_reference"],
            reconsent_required=values["reconsent_required"] == "yes",
            reconsent_by=values["reconsent_by"],
            late_reason=values["late_reason"],
        )


class ReconsentForm(forms.Form):
    reconsent_by = DayField(label=_("Last day for signing again"))
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("Kept in the history of the version, such as the letter of the committee that asks for it."),
    )
