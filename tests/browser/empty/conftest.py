"""Here every story begins with people and an active site, and nobody in the study."""

from __future__ import annotations

import pytest

from config.demonstration.people import delegate_tasks, make_accounts, open_site
from tests.databases import Clone
from trial import clock
from trial.models import Study


@pytest.fixture
def committed_db(committed_db: Clone) -> Clone:
    study = Study.objects.get()
    people = make_accounts(study, at=clock.now())
    delegate_tasks(study, people, at=clock.now())
    open_site(study, people, at=clock.now())
    return committed_db
