"""Released while the culture was pending: signed on its own, awaited, and every recipient followed up if it turns."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from config import tasks
from config.demonstration import bedside
from config.demonstration.people import proof
from dosing.models import ProductLot, RecipientFollowUp
from dosing.services import follow_ups, late_results, lots
from tests.builders.pharmacy import culture
from tests.builders.scenario import TrialScenario
from tests.builders.signing import codes, post_json, signed_in
from trial.errors import NotPermitted, RuleViolation
from trial.models import DueItem, Notification
from trial.services.signatures import content_hash

pytestmark = pytest.mark.django_db

LATE_RESULT, RECIPIENT = "Enter the late result of lot L-50", "Follow up a recipient of lot L-01"


@pytest.fixture
def scenario() -> TrialScenario:
    return TrialScenario()


@pytest.fixture
def tested(scenario: TrialScenario) -> ProductLot:
    """Every test passed but the culture, which is pending."""
    lot = bedside.receive_lot(scenario.study, scenario.people, number="L-50", at=scenario.at, units_of_lot=2)
    bedside.test_lot(scenario.study, scenario.people, lot, at=scenario.at)
    return lot


def has_work(scenario: TrialScenario, person: str, words: str) -> bool:
    """Whether My work of this person says these words."""
    return words in signed_in(scenario.people[person]).get(reverse("work")).content.decode()


def release(scenario: TrialScenario, lot: ProductLot) -> ProductLot:
    seen = content_hash(lots.release_content(lot))
    return lots.release(lot=lot, proof=proof(scenario.people["qualityassurance"], seen), at=scenario.at)


def accept(scenario: TrialScenario, lot: ProductLot, *, by: str = "qualityassurance") -> ProductLot:
    seen = content_hash(lots.conditional_content(lot))
    return lots.accept_pending(lot=lot, proof=proof(scenario.people[by], seen), at=scenario.at)


def test_a_pending_result_is_signed_on_its_own_before_the_release(scenario, tested):
    with pytest.raises(RuleViolation, match="PRD-CONDITIONAL"):
        release(scenario, tested)
    with pytest.raises(NotPermitted):
        accept(scenario, tested, by="pharmacist")
    tested = accept(scenario, tested)
    assert tested.state == "QUARANTINED"
    with pytest.raises(RuleViolation, match="PRD-CONDITIONAL-TWICE"):
        accept(scenario, tested)
    released = release(scenario, tested)
    assert (released.state, released.conditional_signature_id != released.release_signature_id) == ("RELEASED", True)


def test_nothing_is_signed_on_its_own_once_the_culture_is_in(scenario, tested):
    culture(scenario, "negative", lot=tested)
    with pytest.raises(RuleViolation, match="PRD-NOTHING-PENDING"):
        accept(scenario, tested)
    assert release(scenario, tested).conditional_signature is None


def test_the_result_is_awaited_until_it_is_in(scenario, tested):
    released = release(scenario, accept(scenario, tested))
    due = DueItem.objects.get(kind=late_results.KIND)
    assert (due.due_at - released.released_at, due.cancelled_at) == (timedelta(days=14), None)
    assert has_work(scenario, "pharmacist", LATE_RESULT)
    culture(scenario, "negative", lot=released)
    due.refresh_from_db()
    assert due.cancelled_at is not None
    assert not has_work(scenario, "pharmacist", LATE_RESULT)
    assert not RecipientFollowUp.objects.exists()


def test_a_result_that_does_not_come_is_missed_out_loud(scenario, tested):
    release(scenario, accept(scenario, tested))
    scenario.wait(days=14, minutes=1)
    tasks.run()
    told = Notification.objects.filter(key__startswith="late-result:").values_list("user__username", flat=True)
    assert {"pharmacist", "qualityassurance", "investigator"} <= set(told)


def test_every_recipient_of_a_lot_whose_culture_turned_is_followed_up(scenario):
    infusions = [scenario.dosed()]
    scenario.wait(days=14)
    infusions.append(scenario.dosed())
    scenario.allocated()
    culture(scenario, "positive")
    opened = RecipientFollowUp.objects.order_by("id")
    assert [row.infusion_id for row in opened] == [infusion.pk for infusion in infusions]
    assert has_work(scenario, "investigator", RECIPIENT)
    page = signed_in(scenario.people["investigator"]).get(reverse("lot", args=["L-01"]))
    assert len(page.context["follow_ups"]["rows"]) == 2


def test_a_follow_up_is_closed_with_its_outcome_by_an_investigator_once(scenario):
    scenario.dosed()
    culture(scenario, "positive")
    row = RecipientFollowUp.objects.select_related("infusion__subject__site", "infusion__subject__study").get()
    at, people = scenario.at, scenario.people
    with pytest.raises(NotPermitted):
        follow_ups.close(follow_up=row, outcome="Well", by=people["pharmacist"], at=at)
    client = signed_in(people["investigator"])
    address = reverse("follow-up", args=[row.pk])
    assert client.post(address, {"reason": " "}).context["form"].errors.keys() == {"reason"}
    assert client.post(address, {"reason": "Blood cultures negative"}).status_code == 303
    twice = client.post(address, {"reason": "again"})
    assert (twice.status_code, [reason.code for reason in twice.context["reasons"]]) == (409, ["FUP-CLOSED"])
    over_api = post_json(client, reverse("api-follow-up-close", args=[row.pk]), {"outcome": "again"})
    assert codes(over_api) == ["FUP-CLOSED"]
    assert not has_work(scenario, "investigator", RECIPIENT)
