"""Deviations and confirmations of reading: when they may be recorded, both sides of every boundary."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from trial.rules.deviations import may_classify, may_report
from trial.rules.readings import may_confirm
from trial.rules.states import ClearanceBasis, DeviationClass

AT = datetime(2026, 3, 12, 6, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("description", "occurred_at", "codes"),
    [
        pytest.param("The window was left open", AT, (), id="now"),
        pytest.param("x", AT + SECOND, ("DEV-FUTURE",), id="a-second-ahead"),
        pytest.param("  ", AT, ("DEV-DESCRIPTION",), id="nothing-said"),
        pytest.param("", AT + SECOND, ("DEV-DESCRIPTION", "DEV-FUTURE"), id="every-reason-at-once"),
    ],
)
def test_a_deviation_is_described_and_has_happened(description: str, occurred_at: datetime, codes: tuple[str, ...]):
    assert may_report(description=description, occurred_at=occurred_at, at=AT).codes == codes


@pytest.mark.parametrize(
    ("earlier", "wanted", "assessment", "codes"),
    [
        pytest.param(DeviationClass.OPEN, DeviationClass.MINOR, "No effect", (), id="first"),
        pytest.param(DeviationClass.MINOR, DeviationClass.MAJOR, "Worse than thought", (), id="another-class"),
        pytest.param(DeviationClass.MINOR, DeviationClass.MINOR, "Again", ("DEV-SAME",), id="the-same"),
        pytest.param(DeviationClass.MINOR, DeviationClass.OPEN, "Back", ("DEV-CLASS",), id="taken-back"),
        pytest.param(DeviationClass.OPEN, DeviationClass.MAJOR, " ", ("DEV-ASSESSMENT",), id="without-assessment"),
    ],
)
def test_a_classification_says_what_it_means(earlier, wanted, assessment, codes):
    assert may_classify(earlier=earlier, wanted=wanted, assessment=assessment).codes == codes


@pytest.mark.parametrize(
    ("basis", "opened_at", "revoked_at", "codes"),
    [
        pytest.param(ClearanceBasis.GATE_DECISION, AT, None, (), id="in-force"),
        pytest.param(ClearanceBasis.GATE_DECISION, AT + SECOND, None, ("REA-FUTURE",), id="not-yet"),
        pytest.param(ClearanceBasis.GATE_DECISION, AT - SECOND, AT, ("REA-REVOKED",), id="revoked"),
        pytest.param(ClearanceBasis.FIRST_COHORT, AT, None, ("REA-FIRST",), id="first-cohort"),
    ],
)
def test_only_a_decision_in_force_is_read(basis, opened_at, revoked_at, codes):
    assert may_confirm(basis=basis, opened_at=opened_at, revoked_at=revoked_at, at=AT).codes == codes
