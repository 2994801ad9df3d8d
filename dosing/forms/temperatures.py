"""Forms of storage temperatures: a logger file, an excursion that was seen, its end."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from dosing.forms.custody import LONGEST_PLACE, Celsius, limit_choices, note_field
from dosing.rules.temperatures import MOST_BYTES
from dosing.services.temperatures import ExcursionReport, LoggerUpload
from trial.forms.wall_clock import WallClockField
from trial.protocol.schema_monitoring import TemperatureLimit
from trial.rules.site_time import from_wall_clock

_LONGEST_NAME = 120


class LoggerForm(forms.Form):
    """The file is read and shown first; ``kept`` carries its bytes (base64) from the preview to the import."""

    place = forms.CharField(
        label=_("Place"), max_length=LONGEST_PLACE, help_text=_("As it is written at the units stored there.")
    )
    limit_code = forms.ChoiceField(label=_("Limits that apply"))
    file = forms.FileField(
        label=_("Logger file"),
        help_text=_("CSV with the heading time,celsius; times of the site or with their offset; at most 1 MB."),
        required=False,
    )
    file_name = forms.CharField(max_length=_LONGEST_NAME, required=False, widget=forms.HiddenInput)
    kept = forms.CharField(max_length=MOST_BYTES * 2, required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, files: Any = None, *, limits: Sequence[TemperatureLimit]) -> None:
        super().__init__(data, files, auto_id="log-%s")
        self.fields["limit_code"].choices = limit_choices(limits)  # type: ignore[attr-defined]  # a ChoiceField

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        file: UploadedFile | None = values.get("file")
        if file is not None:
            values["content"], values["file_name"] = self._read(file), (file.name or "")[:_LONGEST_NAME]
        elif values.get("kept"):
            values["content"] = self._kept(values["kept"])
        elif not self.errors:
            self.add_error("file", _("Choose a file."))
        return values

    def _read(self, file: UploadedFile) -> bytes:
        if file.size is None or file.size > MOST_BYTES:
            self.add_error("file", _("The file is larger than 1 MB."))
            return b""
        content: bytes = file.read()
        return content

    def _kept(self, text: str) -> bytes:
        try:
            return b64decode(text, validate=True)
        except ValueError:
            self.add_error("file", _("The file did not arrive whole. Choose it again."))
            return b""

    def upload(self) -> LoggerUpload:
        values = self.cleaned_data
        return LoggerUpload(
            place=values["place"],
            limit_code=values["limit_code"],
            file_name=values["file_name"] or "log.csv",
            content=values["content"],
        )


class ExcursionForm(forms.Form):
    place = forms.CharField(label=_("Place"), max_length=LONGEST_PLACE)
    limit_code = forms.ChoiceField(label=_("Limits that apply"))
    began_at = WallClockField(label=_("Began at"), help_text=_("Site time."))
    ended_at = WallClockField(label=_("Ended at"), help_text=_("Empty: it goes on."), required=False)
    worst_celsius = Celsius(label=_("Temperature furthest from the limits"), decimal_places=2)
    note = note_field(_("What was seen"), required=False)

    def __init__(self, data: Any = None, *, limits: Sequence[TemperatureLimit]) -> None:
        super().__init__(data)
        self.fields["limit_code"].choices = limit_choices(limits)  # type: ignore[attr-defined]  # a ChoiceField

    def report(self, *, timezone: str) -> ExcursionReport:
        values = self.cleaned_data
        ended: datetime | None = values["ended_at"]
        return ExcursionReport(
            place=values["place"],
            limit_code=values["limit_code"],
            began_at=from_wall_clock(values["began_at"], timezone=timezone),
            ended_at=from_wall_clock(ended, timezone=timezone) if ended else None,
            worst_celsius=values["worst_celsius"],
            note=values["note"],
        )


class EndExcursionForm(forms.Form):
    ended_at = WallClockField(label=_("Ended at"), help_text=_("Site time."))
    note = note_field(_("Remark"), required=False)
