"""Consent forms, answers under them, and scans of the signed page, for tests that need more than the first version."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from enrollment.models import ConsentVersion, InformedConsent, Subject
from enrollment.rules.states import ConsentStatus
from enrollment.services import consent_versions, consents
from enrollment.services.consent_versions import VersionEntry
from enrollment.services.consents import ConsentEntry
from tests.builders.scenario import TrialScenario
from trial.rules.site_time import site_date


def today_of(scenario: TrialScenario) -> date:
    return site_date(scenario.at, timezone=scenario.timezone)


def approved(
    scenario: TrialScenario, label: str, *, language: str = "zh-Hant", again: bool = True, days_left: int = 30
) -> ConsentVersion:
    """A version approved and entered today; with ``again`` it has to be signed again within so many days."""
    today = today_of(scenario)
    entry = VersionEntry(
        site=scenario.study.sites.get(),
        label=label,
        language=language,
        approved_on=today,
        approval_reference=f"REC-{label}",
        reconsent_required=again,
        reconsent_by=today + timedelta(days=days_left) if again else None,
    )
    return consent_versions.approve(entry=entry, by=scenario.people["investigator"], at=scenario.at)


def signed(
    scenario: TrialScenario, subject: Subject, version: ConsentVersion, *, before_procedures: bool = True
) -> InformedConsent:
    entry = ConsentEntry(
        version=version,
        status=ConsentStatus.SIGNED,
        given_at=scenario.at,
        explained_by=scenario.people["subinvestigator"],
        copy_given=True,
        before_procedures=before_procedures,
    )
    return consents.record(subject=subject, entry=entry, by=scenario.people["coordinator"], at=scenario.at)


def sealed_folder(data_dir: Path) -> Iterator[Path]:
    """The private storage, empty before and after."""
    folder = data_dir / "files" / "sealed"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
