"""Here every story begins where the demonstration's story ends: one signature short of opening cohort 2."""

from __future__ import annotations

import pytest

from tests.databases import Clone


@pytest.fixture
def committed_db(told_db: Clone) -> Clone:
    return told_db
