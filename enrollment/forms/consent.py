"""Forms of the informed consent: the answer of a participant, and its withdrawal. Shape only; services decide."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.models import ConsentVersion
from enrollment.rules.states import ConsentStatus, WithdrawalScope
from enrollment.services.consents import ConsentEntry
from trial.forms.wall_clock import WallClockField
from trial.models import User
from trial.rules.site_time import from_wall_clock
from trial.templatetags.look import trial_date

_YES_NO = [("yes", _("Yes")), ("no", _("No"))]

SCOPE_LABELS = {
    WithdrawalScope.TREATMENT: _("Treatment only: no further infusion; follow-up goes on"),
    WithdrawalScope.FOLLOW_UP: _("Treatment and follow-up: no further visits"),
    WithdrawalScope.DATA_USE: _("Treatment, follow-up and the use of data from now on"),
    WithdrawalScope.ALL: _("Everything, samples included"),
}


class RegistrationForm(forms.Form):
    """What was agreed to, when and after whose explanation. Yes and no are both answered: silence is no answer."""

    version = forms.ChoiceField(label=_("Consent version"))
    status = forms.ChoiceField(
        label=_("Answer"),
        choices=[(ConsentStatus.SIGNED.value, _("Signed")), (ConsentStatus.REFUSED.value, _("Refused"))],
        widget=forms.RadioSelect,
    )
    given_at = WallClockField(label=_("Date and time of the answer"), help_text=_("Site time, as written on the form."))
    explained_by = forms.ChoiceField(
        label=_("Explained by"), help_text=_("People to whom obtaining consent is delegated.")
    )
    copy_given = forms.ChoiceField(label=_("Copy given to the participant"), choices=_YES_NO, widget=forms.RadioSelect)
    before_procedures = forms.ChoiceField(
        label=_("Before any procedure of the study"),
        help_text=_("Signing again on a newer form: before any procedure that the newer form describes."),
        choices=_YES_NO,
        widget=forms.RadioSelect,
    )

    def __init__(self, data: object = None, *, versions: Sequence[ConsentVersion], explainers: Sequence[User]) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict or nothing
        self._versions = {str(version.pk): version for version in versions}
        self._explainers = {str(user.pk): user for user in explainers}
        _offer(self.fields["version"], [(pk, _version_label(each)) for pk, each in self._versions.items()])
        _offer(self.fields["explained_by"], [(pk, each.printed_name) for pk, each in self._explainers.items()])

    def entry(self) -> ConsentEntry:
        """The entry of a valid form, its time on the clock of the site."""
        values = self.cleaned_data
        version = self._versions[values["version"]]
        return ConsentEntry(
            version=version,
            status=ConsentStatus(values["status"]),
            given_at=from_wall_clock(values["given_at"], timezone=version.site.timezone),
            explained_by=self._explainers[values["explained_by"]],
            copy_given=values["copy_given"] == "yes",
            before_procedures=values["before_procedures"] == "yes",
        )


class WithdrawalForm(forms.Form):
    scope = forms.ChoiceField(
        label=_("The participant withdraws from"),
        choices=[(scope.value, SCOPE_LABELS[scope]) for scope in WithdrawalScope],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("In the participant's words; “none given” if none was given."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
    )


def _offer(field: forms.Field, choices: list[tuple[str, str]]) -> None:
    """A single possibility is chosen already; among several nothing is."""
    offered = choices if len(choices) == 1 else [("", "—"), *choices]
    field.choices = offered  # type: ignore[attr-defined]  # a ChoiceField


def _version_label(version: ConsentVersion) -> str:
    return f"{version.site.code}: {version}, {trial_date(version.approved_on)}"
