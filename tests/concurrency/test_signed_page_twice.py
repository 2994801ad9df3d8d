"""Two people file the same signed page at once: it is filed once, and the other learns that it is there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from enrollment.models import ConsentDocument, InformedConsent
from enrollment.services import consent_documents
from tests.builders.consent import sealed_folder
from tests.builders.scenario import TrialScenario
from tests.unit.enrollment.signed_pages import pdf, png
from trial import clock
from trial.errors import RuleViolation
from trial.models import User

WAIT_SECONDS = 20.0


@pytest.fixture
def folder():
    yield from sealed_folder(Path(settings.DATA_DIR))


@pytest.mark.parametrize(
    ("second", "filed", "refusals"), [(pdf(), 1, [(), ("DOC-TWICE",)]), (png(), 2, [(), ()])], ids=["same", "other"]
)
def test_two_uploads_at_once(committed_db, folder, second: bytes, filed: int, refusals: list[tuple[str, ...]]) -> None:
    scenario = TrialScenario()
    consent = scenario.consented().consents.get()
    barrier = threading.Barrier(2)

    def filing(username: str, content: bytes) -> Callable[[], tuple[str, ...]]:
        def act() -> tuple[str, ...]:
            try:
                row = InformedConsent.objects.select_related("subject__study", "subject__site").get(pk=consent.pk)
                by = User.objects.get(username=username)
                at = clock.now()
                barrier.wait(WAIT_SECONDS)
                consent_documents.file_page(consent=row, content=content, by=by, at=at)
            except RuleViolation as refusal:
                return refusal.decision.codes
            finally:
                connection.close()
            return ()

        return act

    with ThreadPoolExecutor(2) as pool:
        acts = [filing("coordinator", pdf()), filing("investigator", second)]
        outcomes = [outcome.result(WAIT_SECONDS) for outcome in [pool.submit(act) for act in acts]]
    assert sorted(outcomes) == refusals
    assert ConsentDocument.objects.count() == len(list(folder.iterdir())) == filed
