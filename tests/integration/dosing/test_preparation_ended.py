"""No facts of the day are entered of who withdrew, is lost to follow-up or died: page and API refuse alike."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse

from dosing.models import PreDoseCheck
from enrollment.models import Subject
from enrollment.rules.states import WithdrawalScope
from enrollment.services import subjects
from followup.services import losses
from tests.builders.scenario import TrialScenario
from tests.builders.signing import signed_in
from tests.builders.ward import day_typed, waiting
from trial.rules.site_time import site_date

pytestmark = pytest.mark.django_db


def withdrawn(scenario: TrialScenario, subject: Subject) -> None:
    scope, by = WithdrawalScope.TREATMENT, scenario.people["coordinator"]
    subjects.withdraw(subject=subject, scope=scope, reason="none given", by=by, at=scenario.at)


def lost(scenario: TrialScenario, subject: Subject) -> None:
    today = site_date(scenario.at, timezone=scenario.timezone)
    losses.record(subject=subject, lost_on=today, attempts="x", by=scenario.people["nurse"], at=scenario.at)


def died(scenario: TrialScenario, subject: Subject) -> None:
    by = scenario.people["investigator"]
    subjects.record_death(subject=subject, died_at=scenario.at, by=by, at=scenario.at)


@pytest.mark.parametrize(
    ("leave", "code"),
    [(withdrawn, "PRE-WITHDRAWN"), (lost, "PRE-LOST"), (died, "PRE-DIED")],
    ids=["withdrawn", "lost", "died"],
)
def test_nobody_is_prepared_who_left(
    scenario: TrialScenario, leave: Callable[[TrialScenario, Subject], None], code: str
) -> None:
    infusion = waiting(scenario)
    leave(scenario, infusion.subject)
    nurse = signed_in(scenario.people["nurse"])
    typed = day_typed(scenario)
    page = nurse.post(reverse("infusion-day", args=[infusion.pk]), typed)
    assert (page.status_code, [reason.code for reason in page.context["refused"]["day"]]) == (409, [code])
    assert code in page.content.decode()
    sent = typed | {"laboratory_acceptable": True}
    api = reverse("api-infusion-pre-dose", args=[infusion.pk])
    answer = nurse.post(api, sent, content_type="application/json", headers={"Idempotency-Key": code})
    assert (answer.status_code, [reason["code"] for reason in answer.json()["reasons"]]) == (409, [code])
    assert not PreDoseCheck.objects.exists()


def test_who_is_found_again_is_prepared(scenario: TrialScenario) -> None:
    infusion = waiting(scenario)
    lost(scenario, infusion.subject)
    losses.record_found(subject=infusion.subject, reason="x", by=scenario.people["nurse"], at=scenario.at)
    nurse = signed_in(scenario.people["nurse"])
    assert nurse.post(reverse("infusion-day", args=[infusion.pk]), day_typed(scenario)).status_code == 303
