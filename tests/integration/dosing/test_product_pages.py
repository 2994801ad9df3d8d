"""The pages of lots and units: the way of a bag from receipt to the ward, each refusal with its reasons."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.demonstration import bedside
from dosing.models import Infusion, ProductLot, ProductUnit
from dosing.services import infusions
from tests.builders.scenario import TrialScenario
from tests.builders.signing import PASSWORD, signed_in
from trial.models import ElectronicSignature
from trial.rules.site_time import at_site, site_date

pytestmark = pytest.mark.django_db


@pytest.fixture
def scenario() -> TrialScenario:
    return TrialScenario()


@pytest.fixture
def pharmacist(scenario: TrialScenario) -> Client:
    return signed_in(scenario.people["pharmacist"])


@pytest.fixture
def quality(scenario: TrialScenario) -> Client:
    return signed_in(scenario.people["qualityassurance"])


@pytest.fixture
def waiting_lot(scenario: TrialScenario) -> ProductLot:
    """A lot with two units in quarantine, not tested."""
    return bedside.receive_lot(scenario.study, scenario.people, number="L-40", at=scenario.at, units_of_lot=2)


def planned(scenario: TrialScenario) -> Infusion:
    on = site_date(scenario.at, timezone=scenario.timezone)
    return infusions.plan(
        subject=scenario.allocated(), number=1, planned_on=on, by=scenario.people["nurse"], at=scenario.at
    )


def sign(client: Client, *, password: str = PASSWORD, number: str = "L-40") -> Any:
    """Both signatures: that the culture may follow, where that can be signed, and the release."""
    page = client.get(reverse("lot", args=[number]))
    name = {"username": "qualityassurance", "password": password}
    if page.context["conditional_shown"]:
        body = {**name, "meaning": "conditional_release", "content_hash": page.context["conditional_hash"]}
        answer = client.post(reverse("lot-accept-pending", args=[number]), body)
        if answer.status_code != 303:
            return answer
        page = client.get(reverse("lot", args=[number]))
    body = {**name, "meaning": "product_release", "content_hash": page.context["content_hash"]}
    return client.post(reverse("lot-release", args=[number]), body)


def second(client: Client, address: str, *, by: str = "pharmacist2", password: str = PASSWORD, **more: str) -> Any:
    """The other person signs on the page of the step."""
    seen = client.get(address).context["content_hash"]
    body = {"meaning": "second_person", "username": by, "password": password, "content_hash": seen, **more}
    return client.post(address, body)


def assign(client: Client, unit: ProductUnit, infusion: Infusion, **more: str) -> Any:
    return second(client, f"{reverse('unit-assign', args=[unit.pk])}?infusion={infusion.pk}", **more)


def shown_codes(reasons: Any) -> list[str]:
    return [reason.code for reason in reasons]


def test_a_lot_is_received_tested_and_released_and_its_unit_goes_to_the_ward(scenario, pharmacist, quality):
    expires = at_site(scenario.at + timedelta(days=300), timezone=scenario.timezone)
    body = {"number": "L-40", "donor_code": "D-4", "expires_at": f"{expires:%Y-%m-%dT%H:%M}"}
    answer = pharmacist.post(reverse("lot-receive"), body)
    assert (answer.status_code, answer.url) == (303, reverse("lot", args=["L-40"]))
    twice = pharmacist.post(reverse("lot-receive"), body)
    assert (twice.status_code, shown_codes(twice.context["reasons"])) == (409, ["PRD-NUMBER"])
    assert twice.context["form"]["donor_code"].value() == "D-4"
    unit_body = {"number": "01", "total_cells": "75000000", "volume_ml": "7.5"}
    assert pharmacist.post(reverse("unit-add", args=["L-40"]), unit_body).status_code == 303
    lot = ProductLot.objects.get(number="L-40")
    bedside.test_lot(scenario.study, scenario.people, lot, at=scenario.at)
    assert sign(quality).status_code == 303
    page = pharmacist.get(reverse("lot", args=["L-40"])).content.decode()
    assert scenario.people["qualityassurance"].printed_name in page
    infusion = planned(scenario)
    unit = ProductUnit.objects.get(lot=lot)
    here = reverse("unit", args=[unit.pk])
    answers = [
        assign(pharmacist, unit, infusion),
        pharmacist.post(reverse("unit-step", args=[unit.pk]), {"step": "RETRIEVED"}),
        pharmacist.post(reverse("unit-step", args=[unit.pk]), {"step": "THAW_STARTED"}),
        pharmacist.post(reverse("unit-thaw", args=[unit.pk]), {"viability_percent": "88"}),
        second(pharmacist, reverse("unit-check", args=[unit.pk])),
        second(pharmacist, reverse("unit-label", args=[unit.pk])),
        pharmacist.post(reverse("unit-issue", args=[unit.pk])),
    ]
    assert [(answer.status_code, answer.url) for answer in answers] == [(303, here)] * len(answers)
    chain = [event.step for event in unit.custody.order_by("happened_at", "id")]
    assert chain == [
        *("RECEIVED", "ASSIGNED", "RETRIEVED", "THAW_STARTED", "THAWED", "COUNTED"),
        *("QC_RELEASED", "LABELLED", "ISSUED"),
    ]
    unit.refresh_from_db()
    assert (unit.state, unit.assigned_subject, str(unit.viability)) == ("ISSUED", infusion.subject, "0.8800")
    issued = pharmacist.get(reverse("unit", args=[unit.pk])).content.decode()
    assert reverse("subject", args=[infusion.subject.code]) in issued
    assert reverse("infusion", args=[infusion.pk]) in issued
    assert "data-countdown" in issued


def test_a_release_is_shown_blocked_and_refused_with_every_reason(scenario, pharmacist, quality, waiting_lot):
    page = quality.get(reverse("lot", args=["L-40"]))
    definition = scenario.study.protocol_versions.get(state="ACTIVE").definition
    needed = [criterion.label for criterion in definition.product.release_criteria if not criterion.late]
    messages = " ".join(reason.message for reason in page.context["release_blocked"])
    against = ["PRD-TESTS"] * len(needed) + ["PRD-CONDITIONAL"]
    assert shown_codes(page.context["release_blocked"]) == against
    assert all(label in messages for label in needed)
    assert 'name="password"' not in page.content.decode()
    refused = sign(quality)
    assert (refused.status_code, shown_codes(refused.context["release_reasons"])) == (
        409,
        against,
    )
    assert "PER-ROLE" in shown_codes(pharmacist.get(reverse("lot", args=["L-40"])).context["release_blocked"])
    waiting_lot.refresh_from_db()
    assert waiting_lot.state == "QUARANTINED"


def test_with_a_wrong_password_nothing_is_signed(scenario, quality, waiting_lot):
    bedside.test_lot(scenario.study, scenario.people, waiting_lot, at=scenario.at)
    wrong = sign(quality, password="not it")
    assert (wrong.status_code, shown_codes(wrong.context["conditional_reasons"])) == (403, ["reauthentication"])
    assert not ElectronicSignature.objects.filter(meaning__in=["conditional_release", "product_release"]).exists()
    waiting_lot.refresh_from_db()
    assert waiting_lot.state == "QUARANTINED"


def test_results_are_recorded_once_and_judged(scenario, pharmacist, waiting_lot):
    definition = scenario.study.protocol_versions.get(state="ACTIVE").definition
    day = site_date(scenario.at, timezone=scenario.timezone).isoformat()
    address = reverse("lot-test", args=["L-40"])
    criteria = definition.product.release_criteria
    worded = next(criterion for criterion in criteria if criterion.accepted is not None)
    numeric = next(criterion for criterion in criteria if criterion.minimum is not None)
    body = {"code": worded.code, "result": (worded.accepted or "").upper(), "value": "", "tested_on": day}
    assert pharmacist.post(address, body).status_code == 303
    assert pharmacist.post(address, body).context["test_form"].errors.keys() == {"code"}
    empty = pharmacist.post(address, {"code": numeric.code, "tested_on": day})
    assert (empty.status_code, shown_codes(empty.context["test_reasons"])) == (409, ["PRD-TEST-VALUE"])
    assert empty.context["test_form"]["code"].value() == numeric.code
    tomorrow = site_date(scenario.at + timedelta(days=1), timezone=scenario.timezone).isoformat()
    early = pharmacist.post(address, {"code": numeric.code, "value": str(numeric.minimum), "tested_on": tomorrow})
    assert shown_codes(early.context["test_reasons"]) == ["PRD-TEST-FUTURE"]
    low = {"code": numeric.code, "value": str((numeric.minimum or 0) / 2), "tested_on": day}
    assert pharmacist.post(address, low).status_code == 303
    rows = {row["label"]: row["state"] for row in pharmacist.get(reverse("lot", args=["L-40"])).context["criteria"]}
    assert (rows[worded.label], rows[numeric.label]) == ("PASSED", "FAILED")


def test_a_unit_of_a_rejected_lot_is_not_issued(scenario, pharmacist, quality, waiting_lot):
    bedside.test_lot(scenario.study, scenario.people, waiting_lot, at=scenario.at)
    sign(quality)
    infusion, people = planned(scenario), scenario.people
    unit = ProductUnit.objects.select_related("lot__study").filter(lot=waiting_lot).first()
    bedside.assign(unit, infusion.subject, people, number=1, at=scenario.at)
    assert pharmacist.post(reverse("unit-thaw", args=[unit.pk]), {"viability_percent": "88"}).status_code == 303
    without = quality.post(reverse("lot-reject", args=["L-40"]), {"reason": " "})
    assert (without.status_code, without.context["form"].errors.keys()) == (200, {"reason"})
    assert quality.post(reverse("lot-reject", args=["L-40"]), {"reason": "culture turned"}).status_code == 303
    page = pharmacist.get(reverse("unit", args=[unit.pk]))
    against = ["UNT-UNRELEASED", "CST-MISSING"]
    assert shown_codes(page.context["acts"]["issue"]) == against
    refused = pharmacist.post(reverse("unit-issue", args=[unit.pk]))
    assert (refused.status_code, shown_codes(refused.context["refused"]["issue"])) == (409, against)
    destroyed = second(pharmacist, reverse("unit-destroy", args=[unit.pk]), volume_ml="7.5", reason="rejected lot")
    assert destroyed.status_code == 303
    again = quality.post(reverse("lot-reject", args=["L-40"]), {"reason": "again"})
    assert (again.status_code, shown_codes(again.context["reasons"])) == (409, ["PRD-STATE"])


def test_units_say_their_next_step_and_what_stands_against_it(scenario, pharmacist, waiting_lot):
    rows = pharmacist.get(reverse("lot", args=["L-40"])).context["units"]
    assert {(str(row["next"].label), tuple(shown_codes(row["next"].reasons))) for row in rows} == {
        ("Assign", ("UNT-UNRELEASED",))
    }
    seen = signed_in(scenario.people["coordinator"]).get(reverse("lot", args=["L-40"])).context["units"]
    assert shown_codes(seen[0]["next"].reasons) == ["PER-ROLE", "UNT-UNRELEASED"]
    bedside.test_lot(scenario.study, scenario.people, waiting_lot, at=scenario.at)
    sign(signed_in(scenario.people["qualityassurance"]))
    rows = pharmacist.get(reverse("lot", args=["L-40"])).context["units"]
    assert [(str(row["next"].label), row["next"].reasons) for row in rows] == [("Assign", ())] * 2


def test_who_may_look_and_who_may_act(scenario, waiting_lot):
    coordinator = signed_in(scenario.people["coordinator"])
    unit = waiting_lot.units.first()
    for address in (reverse("product"), reverse("lot", args=["L-40"]), reverse("unit", args=[unit.pk])):
        assert coordinator.get(address).status_code == 200
        assert b'action="/product' not in coordinator.get(address).content
    assert coordinator.get(reverse("lot-receive")).status_code == 403
    lot_posts = [reverse(name, args=["L-40"]) for name in ("lot-test", "lot-release", "lot-reject", "unit-add")]
    acts = ("assign", "unassign", "thaw", "check", "label", "issue", "take-back", "destroy", "reconcile", "set-aside")
    unit_posts = [reverse(f"unit-{act}", args=[unit.pk]) for act in acts]
    assert {coordinator.post(address).status_code for address in (*lot_posts, *unit_posts)} == {403}
    assert signed_in(scenario.people["admin"]).get(reverse("product")).status_code == 403


def test_malformed_input_comes_back_with_its_errors(scenario, pharmacist, quality, waiting_lot):
    unit = waiting_lot.units.first()
    bad_lots = [{}, {"number": "a/b", "donor_code": "é", "expires_at": "9999-12-31T23:59"}, {"number": "\x00"}]
    for body in bad_lots:
        answer = pharmacist.post(reverse("lot-receive"), body)
        assert (answer.status_code, bool(answer.context["form"].errors)) == (200, True)
    for value in ("", "0", "100.5", "NaN", "1e400", "x"):
        answer = pharmacist.post(reverse("unit-thaw", args=[unit.pk]), {"viability_percent": value})
        assert (answer.status_code, bool(answer.context["thaw_form"].errors)) == (200, True), value
    answer = pharmacist.post(reverse("unit-add", args=["L-40"]), {"number": "9", "total_cells": "1.5"})
    assert answer.context["unit_form"].errors.keys() == {"total_cells", "volume_ml"}
    for choice in ("", "x", "9" * 30, "999999"):
        assert pharmacist.get(reverse("unit-assign", args=[unit.pk]), {"infusion": choice}).status_code == 404
    assert pharmacist.post(reverse("lot-test", args=["L-40"]), {"code": "x", "value": "NaN"}).status_code == 200
    assert quality.post(reverse("lot-release", args=["L-40"]), {}).status_code == 200
    for address in ("/product/lots/L%00/", "/product/lots/none/", "/product/units/999999/"):
        assert pharmacist.get(address).status_code == 404


def test_the_pages_ask_no_more_for_more_rows(scenario, pharmacist, waiting_lot, django_assert_max_num_queries):
    bedside.test_lot(scenario.study, scenario.people, waiting_lot, at=scenario.at)
    counts = []
    for more in (0, 3):
        for index in range(more):
            lot = bedside.receive_lot(scenario.study, scenario.people, number=f"L-5{index}", at=scenario.at)
            bedside.test_lot(scenario.study, scenario.people, lot, at=scenario.at)
        with CaptureQueriesContext(connection) as queries:
            pharmacist.get(reverse("product"))
        counts.append(len(queries))
    assert counts[0] == counts[1]
    with CaptureQueriesContext(connection) as two_units:
        pharmacist.get(reverse("lot", args=["L-40"]))
    with CaptureQueriesContext(connection) as eight_units:
        pharmacist.get(reverse("lot", args=["L-50"]))
    assert len(two_units) == len(eight_units)
    with django_assert_max_num_queries(20):
        pharmacist.get(reverse("lot", args=["L-50"]))
