"""Deviations in words."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from trial.rules.states import DeviationCategory, DeviationClass

CATEGORIES: Mapping[DeviationCategory, str | Promise] = {
    DeviationCategory.DOSE: _("Dose"),
    DeviationCategory.INTERVAL: _("Interval between infusions"),
    DeviationCategory.VISIT_WINDOW: _("Visit outside its window"),
    DeviationCategory.MISSED: _("Missed"),
    DeviationCategory.MONITORING: _("Monitoring of an infusion"),
    DeviationCategory.PRODUCT: _("Product"),
    DeviationCategory.CONSENT: _("Consent"),
    DeviationCategory.ELIGIBILITY: _("Eligibility"),
    DeviationCategory.IDENTITY: _("Identity"),
    DeviationCategory.LATE_REPORT: _("Late report"),
    DeviationCategory.GUARD: _("Infusion in spite of the guard"),
    DeviationCategory.OTHER: _("Other"),
}
CLASSES: Mapping[DeviationClass, str | Promise] = {
    DeviationClass.OPEN: _("Not classified"),
    DeviationClass.MINOR: _("Minor"),
    DeviationClass.MAJOR: _("Major (important)"),
}
