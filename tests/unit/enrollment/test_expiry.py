"""Which signed results will have expired on a later day: the rule of eligibility itself, asked for that day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from config.demonstration.participants import eligible_man
from enrollment.rules.expiry import expired_by
from trial.protocol.loading import shipped_definition

SIGNED_ON = date(2026, 3, 1)


def codes(days: int) -> set[str]:
    document = eligible_man(SIGNED_ON) | {
        "consent_on": SIGNED_ON.isoformat(),
        "evaluated_on": SIGNED_ON.isoformat(),
        "consent": {"status": "signed", "version_approved": True, "before_procedures": True},
    }
    found = expired_by(document, definition=shipped_definition(), on=SIGNED_ON + timedelta(days=days))
    assert len({reason.message for reason in found}) == len(found), "each thing is said once"
    return {reason.code for reason in found}


LABORATORY = {"ELG-X4-LIVER", "ELG-X4-CREATININE"}


@pytest.mark.parametrize(
    ("days", "expired"),
    [
        (0, set()),
        (7, set()),
        (8, LABORATORY),
        (25, LABORATORY),
        (26, LABORATORY | {"ELG-I2-FVC"}),
        (81, LABORATORY | {"ELG-I2-FVC"}),
        (82, LABORATORY | {"ELG-I2-FVC", "ELG-I2-CT"}),
        (90, LABORATORY | {"ELG-I2-FVC", "ELG-I2-CT"}),
        (91, LABORATORY | {"ELG-I2-FVC", "ELG-I2-CT", "ELG-X5-HIV"}),
    ],
)
def test_each_result_holds_on_its_last_day_and_not_on_the_next(days: int, expired: set[str]) -> None:
    """Laboratory 7 days, lung function 28 (done 3 days before), CT 90 (9 days before), HIV 90. Source: domain 2.7."""
    assert codes(days) == expired
