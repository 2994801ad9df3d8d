"""Lots, their release tests and their units, as pages, the API and the guard read them."""

from __future__ import annotations

from dosing.models import ProductLot
from dosing.rules.release import TestResult


def lot_results(lot: ProductLot) -> dict[str, TestResult]:
    """Recorded release tests by the code of their criterion."""
    return {test.code: TestResult(value=test.value, result=test.result) for test in lot.release_tests.all()}
