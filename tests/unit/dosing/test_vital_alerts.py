"""Alert limits of the vital signs, at both sides of each: domain 1.8."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dosing.rules.vital_alerts import vital_alerts
from trial.protocol.loading import shipped_definition

PLAN = shipped_definition().monitoring
BEFORE = {
    "heart_rate": Decimal(80),
    "systolic_pressure": Decimal(140),
    "temperature": Decimal("36.8"),
    "oxygen_saturation": Decimal(96),
}


def found(values: dict[str, str], *, before=BEFORE, symptoms: tuple[str, ...] = ()) -> list[str]:
    readings = {name: Decimal(value) for name, value in values.items()}
    return [alert.code for alert in vital_alerts(readings, symptoms=symptoms, before=before, plan=PLAN)]


@pytest.mark.parametrize(
    ("values", "before", "expected"),
    [
        ({"oxygen_saturation": "93"}, BEFORE, []),
        ({"oxygen_saturation": "92.1"}, BEFORE, []),
        ({"oxygen_saturation": "92"}, BEFORE, ["SPO2_DROP"]),
        ({"oxygen_saturation": "88"}, None, []),
        ({"oxygen_saturation": "87.9"}, None, ["SPO2_LOW"]),
        ({"oxygen_saturation": "87"}, BEFORE, ["SPO2_DROP", "SPO2_LOW"]),
        ({"systolic_pressure": "90"}, None, []),
        ({"systolic_pressure": "89.9"}, None, ["SBP_LOW"]),
        # 30 % of 140 is 42: at 98 it has fallen by just that.
        ({"systolic_pressure": "98.1"}, BEFORE, []),
        ({"systolic_pressure": "98"}, BEFORE, ["SBP_DROP"]),
        # A third of 135 is 45; 30 % of it 40.5: at 94.5 exactly.
        ({"systolic_pressure": "94.5"}, {"systolic_pressure": Decimal(135)}, ["SBP_DROP"]),
        ({"systolic_pressure": "94.6"}, {"systolic_pressure": Decimal(135)}, []),
        ({"heart_rate": "130"}, BEFORE, []),
        ({"heart_rate": "130.1"}, BEFORE, ["HR_HIGH"]),
        ({"heart_rate": "45"}, BEFORE, []),
        ({"heart_rate": "44.9"}, BEFORE, ["HR_LOW"]),
        ({"temperature": "37.9"}, None, []),
        ({"temperature": "38.0"}, None, ["TEMPERATURE_HIGH"]),
        ({"temperature": "37.7"}, BEFORE, []),
        ({"temperature": "37.8"}, BEFORE, ["TEMPERATURE_RISE"]),
        ({"temperature": "38.1"}, BEFORE, ["TEMPERATURE_HIGH", "TEMPERATURE_RISE"]),
        # A rise in saturation or pressure, and a fall of the temperature, are no alerts.
        ({"oxygen_saturation": "100", "systolic_pressure": "180", "temperature": "35.0"}, BEFORE, []),
        ({}, BEFORE, []),
    ],
)
def test_limits(values, before, expected):
    assert found(values, before=before) == expected


@pytest.mark.parametrize("symptom", ["urticaria", "wheeze", "chest_pain", "rigors"])
def test_every_listed_symptom_alerts(symptom):
    assert found({}, symptoms=(symptom,)) == [symptom.upper()]


def test_an_unknown_symptom_is_no_alert():
    assert found({}, symptoms=("boredom",)) == []


def test_every_limit_of_the_protocol_is_in_the_table():
    assert {alert.code for alert in PLAN.alerts} == {
        "SPO2_DROP", "SPO2_LOW", "SBP_LOW", "SBP_DROP", "HR_HIGH", "HR_LOW", "TEMPERATURE_HIGH", "TEMPERATURE_RISE",
    }  # fmt: skip
