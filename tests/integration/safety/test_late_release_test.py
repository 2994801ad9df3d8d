"""A late sterility culture turns positive: recipients are held, everybody concerned is told, once."""

from __future__ import annotations

import pytest

from dosing.selectors.guard import decision, infusion_for_guard
from dosing.services import lots
from tests.builders.scenario import TrialScenario
from trial.models import DosingHold, Notification
from trial.rules.site_time import site_date

pytestmark = pytest.mark.django_db


def test_recipients_of_a_failed_lot_are_held():
    scenario = TrialScenario()
    infusion = scenario.dosed()
    untouched = scenario.allocated()
    lots.record_test(
        lot=scenario.lot,
        code="STERILITY",
        value=None,
        result="positive",
        tested_on=site_date(scenario.at, timezone=scenario.timezone),
        by=scenario.people["pharmacist"],
        at=scenario.at,
    )
    hold = DosingHold.objects.get()
    assert hold.subject_code == infusion.subject.code != untouched.code
    told = set(Notification.objects.filter(key__startswith="lot:").values_list("user__username", flat=True))
    assert {"investigator", "medicalmonitor", "pharmacist", "qualityassurance"} <= told
    found = decision(infusion_for_guard(infusion.pk), performer=scenario.people["nurse"], at=scenario.at)
    assert {"DOS-SUBJECT-HOLD", "DOS-PRODUCT-TEST"} <= set(found.codes)
