"""Starting an infusion: the service, with the database's own guard behind it."""

import pytest

from dosing.models import Infusion, ProductUnit
from dosing.rules.states import InfusionState, UnitState
from enrollment.rules.states import SubjectState
from tests.builders.scenario import TrialScenario
from trial.models import AuditEvent

pytestmark = pytest.mark.django_db


def test_an_infusion_starts_when_no_reason_stands_against_it():
    scenario = TrialScenario()
    infusion = scenario.running()
    fresh = Infusion.objects.get(pk=infusion.pk)
    assert fresh.state == InfusionState.RUNNING
    assert fresh.performed_by == scenario.people["nurse"]
    assert fresh.subject.state == SubjectState.ON_TREATMENT
    assert ProductUnit.objects.get(pk=fresh.unit_id).state == UnitState.INFUSED
    event = AuditEvent.objects.filter(table_name="dosing_infusion", row_id=str(fresh.pk)).latest("id")
    assert (event.act, event.actor) == ("infusions.start", "nurse")


def test_a_completed_infusion_records_what_was_given():
    infusion = TrialScenario().dosed()
    # 61.0 kg; 7.5e7 cells in 7.5 mL at 88 % viability: 6.93 mL, drawn 6.9 mL.
    assert str(infusion.planned_volume_ml) == "6.9"
    assert str(infusion.given_million_per_kg) == "0.99541"
    assert infusion.subject.state == SubjectState.FOLLOW_UP
