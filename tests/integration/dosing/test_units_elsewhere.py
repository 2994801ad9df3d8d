"""Product is the study's; to whose subject of another site a unit went is not told."""

from __future__ import annotations

from django.urls import reverse

from dosing.models import ProductUnit
from tests.builders.elsewhere import investigator_elsewhere
from tests.builders.scenario import TrialScenario
from tests.builders.signing import signed_in


def test_units_do_not_name_the_subjects_of_another_site(committed_db, owner_connection):
    scenario = TrialScenario()
    infusion = scenario.prepared()
    code = infusion.subject.code
    unit = ProductUnit.objects.get(infusions=infusion)
    pages = [reverse("lot", args=[unit.lot.number]), reverse("unit", args=[unit.pk])]
    here, there = signed_in(scenario.people["nurse"]), signed_in(investigator_elsewhere(scenario, owner_connection))
    for page in pages:
        assert code in here.get(page).content.decode()
        unnamed = there.get(page).content.decode()
        assert "subject of another site" in unnamed
        assert code not in unnamed
        assert reverse("infusion", args=[infusion.pk]) not in unnamed
    api = reverse("api-unit", args=[unit.pk])
    assert (here.get(api).json()["subject"], there.get(api).json()["subject"]) == (code, None)
