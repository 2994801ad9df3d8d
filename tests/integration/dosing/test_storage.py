"""Temperatures outside their limits set units aside; only a signed decision of quality assurance brings them back."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.demonstration.people import proof
from dosing.models import ProductUnit, Quarantine, RecipientFollowUp, TemperatureExcursion, TemperatureLog
from dosing.rules.states import CustodyStep, ExcursionDecision
from dosing.services import custody_steps, quarantines, temperatures
from dosing.services.custody_steps import StepEntry
from dosing.services.temperatures import ExcursionReport
from tests.builders.pharmacy import TANK, logger_file, store, stored
from tests.builders.scenario import TrialScenario
from tests.builders.signing import PASSWORD, codes, post_json, signature, signed_in
from trial.errors import NotPermitted, RuleViolation
from trial.services.signatures import content_hash

pytestmark = pytest.mark.django_db


@pytest.fixture
def scenario() -> TrialScenario:
    return TrialScenario()


def states(*units: ProductUnit) -> list[str]:
    return [ProductUnit.objects.get(pk=unit.pk).state for unit in units]


def import_log(scenario: TrialScenario, *values: str, **more) -> TemperatureLog:
    upload = logger_file(scenario, *values, **more)
    return temperatures.import_log(
        study=scenario.study, upload=upload, by=scenario.people["pharmacist"], at=scenario.at
    )


def decide(scenario: TrialScenario, quarantine: Quarantine, decision: ExcursionDecision, *, by="qualityassurance"):
    seen = content_hash(quarantines.shown_content(quarantine))
    return quarantines.decide(
        quarantine=quarantine,
        decision=decision,
        rationale="Stability data cover it",
        proof=proof(scenario.people[by], seen),
        at=scenario.at,
    )


def test_an_excursion_sets_aside_what_stood_there_and_nothing_else(scenario):
    there = stored(scenario)
    elsewhere = scenario.lot.units.select_related("lot__study").order_by("number")[2]
    store(scenario, elsewhere, place="Tank 2")
    scenario.wait(minutes=30)
    log = import_log(scenario, "-170", "-149.99", "-120", "-150", "-170")
    excursion = log.excursions.get()
    assert (excursion.worst_celsius, excursion.ended_at > excursion.began_at) == (Decimal(-120), True)
    assert states(*there, elsewhere) == ["QUARANTINED", "QUARANTINED", "IN_STOCK"]
    began = excursion.began_at.astimezone(UTC)
    assert f"since {began:%Y-%m-%d %H:%M} UTC" in there[0].quarantines.get().reason


def test_a_unit_that_came_later_or_left_before_is_not_concerned(scenario):
    early, late = stored(scenario)
    scenario.wait(minutes=10)
    custody_steps.record_step(
        unit=early,
        entry=StepEntry(
            step=CustodyStep.MOVED, place="Tank 2", temperature_celsius=Decimal(-180), limit_code="STORAGE"
        ),
        by=scenario.people["pharmacist"],
        at=scenario.at,
    )
    scenario.wait(minutes=10)
    import_log(scenario, "-140", "-170")
    assert states(early, late) == ["IN_STOCK", "QUARANTINED"]
    store(scenario, early)
    assert states(early) == ["IN_STOCK"]


def test_the_same_file_is_imported_once_and_a_wrong_row_writes_nothing(scenario):
    (unit,) = stored(scenario, 1)
    scenario.wait(minutes=5)
    upload = logger_file(scenario, "-140", "-170")
    by, at = scenario.people["pharmacist"], scenario.at
    temperatures.import_log(study=scenario.study, upload=upload, by=by, at=at)
    with pytest.raises(RuleViolation, match="TMP-ONCE"):
        temperatures.import_log(study=scenario.study, upload=upload, by=by, at=at)
    with pytest.raises(RuleViolation, match="TMP-ROWS"):
        import_log(scenario, "-140", "warm")
    assert (TemperatureLog.objects.count(), unit.quarantines.count()) == (1, 1)


def test_usable_returns_the_unit_to_what_it_was_and_destroy_leaves_it(scenario):
    one, other = stored(scenario)
    scenario.wait(minutes=5)
    import_log(scenario, "-140", "-170")
    for unit in (one, other):
        with pytest.raises(NotPermitted):
            decide(scenario, unit.quarantines.get(), ExcursionDecision.USABLE, by="pharmacist")
    decide(scenario, one.quarantines.get(), ExcursionDecision.USABLE)
    decide(scenario, other.quarantines.get(), ExcursionDecision.DESTROY)
    assert states(one, other) == ["IN_STOCK", "QUARANTINED"]
    assert one.custody.order_by("id").last().step == "RETURNED_TO_USE"
    with pytest.raises(RuleViolation, match="UNT-DECIDED"):
        decide(scenario, one.quarantines.get(), ExcursionDecision.DESTROY)


def test_what_was_found_while_a_unit_stood_aside_is_decided_for_itself(scenario):
    (unit,) = stored(scenario, 1)
    scenario.wait(minutes=30)
    import_log(scenario, "-149", "-170", "-20", "-170", "-10", "-170")
    for worst in ("-149", "-20", "-10"):
        waiting = unit.quarantines.get(decision="")
        assert (states(unit), waiting.excursion.worst_celsius) == (["QUARANTINED"], Decimal(worst))
        decide(scenario, waiting, ExcursionDecision.USABLE)
    assert (states(unit), unit.quarantines.count()) == (["IN_STOCK"], 3)


def test_a_reading_at_a_handling_outside_its_limits_sets_the_unit_aside(scenario):
    (neighbour,) = stored(scenario, 1)
    unit = scenario.lot.units.select_related("lot__study").order_by("number")[5]
    store(scenario, unit, celsius="-149.9")
    assert states(unit, neighbour) == ["QUARANTINED", "QUARANTINED"]
    assert TemperatureExcursion.objects.get().worst_celsius == Decimal("-149.9")
    fine = scenario.lot.units.select_related("lot__study").order_by("number")[6]
    store(scenario, fine, place="Tank 2", celsius="-150.0")
    assert states(fine) == ["IN_STOCK"]


def report(scenario: TrialScenario, *, minutes: int = 5, goes_on: bool = False) -> TemperatureExcursion:
    told = ExcursionReport(
        place=TANK,
        limit_code="STORAGE",
        began_at=scenario.at - timedelta(minutes=minutes),
        ended_at=None if goes_on else scenario.at,
        worst_celsius=Decimal(-90),
    )
    return temperatures.report(study=scenario.study, report=told, by=scenario.people["pharmacist"], at=scenario.at)


def test_what_is_brought_to_a_place_where_an_excursion_goes_on_is_set_aside(scenario):
    excursion = report(scenario, goes_on=True)
    (unit,) = stored(scenario, 1)
    assert states(unit) == ["QUARANTINED"]
    assert unit.quarantines.get().excursion == excursion
    temperatures.end(
        excursion=excursion, ended_at=scenario.at, note="", by=scenario.people["pharmacist"], at=scenario.at
    )
    with pytest.raises(RuleViolation, match="TMP-ENDED"):
        temperatures.end(
            excursion=excursion, ended_at=scenario.at, note="", by=scenario.people["pharmacist"], at=scenario.at
        )


def test_whoever_received_a_unit_that_stood_too_warm_is_followed_up(scenario):
    unit = stored(scenario, 1)[0]
    scenario.wait(minutes=30)
    infusion = scenario.dosed()
    assert infusion.unit_id == unit.pk
    report(scenario, minutes=120)
    follow_up = RecipientFollowUp.objects.get()
    assert (follow_up.infusion, states(unit)) == (infusion, ["INFUSED"])


def test_the_page_shows_the_file_first_and_writes_it_on_the_second_press(scenario):
    (unit,) = stored(scenario, 1)
    scenario.wait(minutes=5)
    client, address = signed_in(scenario.people["pharmacist"]), reverse("temperature-import")
    content = logger_file(scenario, "-140", "-170").content
    place = {"place": TANK, "limit_code": "STORAGE"}
    shown = client.post(address, {**place, "file": SimpleUploadedFile("tank.csv", content)})
    assert (len(shown.context["shown"]["excursions"]), TemperatureLog.objects.count()) == (1, 0)
    kept = {**place, "file_name": "tank.csv", "kept": b64encode(content).decode(), "import": "yes"}
    assert client.post(address, kept).status_code == 303
    assert states(unit) == ["QUARANTINED"]
    again = client.post(address, kept)
    assert (again.status_code, [reason.code for reason in again.context["reasons"]]) == (409, ["TMP-ONCE"])


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"time,celsius\nx,y", b"\x00" * 2_000_000, "時間,溫度".encode()]
)
def test_a_file_that_is_none_comes_back_with_its_errors(scenario, content):
    client = signed_in(scenario.people["pharmacist"])
    body = {"place": TANK, "limit_code": "STORAGE", "file": SimpleUploadedFile("x.csv", content), "import": "yes"}
    answer = client.post(reverse("temperature-import"), body)
    assert answer.status_code in (200, 409)
    assert answer.context["form"].errors or answer.context["shown"]["against"]
    assert not TemperatureLog.objects.exists()
    for wrong in ({}, {"place": TANK}, {**body, "file": "", "kept": "%%%"}, {**body, "file": "", "limit_code": "X"}):
        assert client.post(reverse("temperature-import"), wrong).context["form"].errors


def test_the_decision_is_signed_on_its_page(scenario):
    (unit,) = stored(scenario, 1)
    by, at = scenario.people["pharmacist"], scenario.at
    quarantine = quarantines.set_aside(unit=unit, reason="The bag leaks", by=by, at=at)
    address = reverse("quarantine", args=[quarantine.pk])
    pharmacist, quality = signed_in(by), signed_in(scenario.people["qualityassurance"])
    assert [reason.code for reason in pharmacist.get(address).context["blocked"]] == ["PER-ROLE"]
    body = {
        "meaning": "quarantine_decision",
        "username": "qualityassurance",
        "password": PASSWORD,
        "content_hash": quality.get(address).context["content_hash"],
        "rationale": "It does",
        "decision": "DESTROY",
    }
    assert pharmacist.post(address, body).status_code == 403
    assert quality.post(address, {**body, "decision": ""}).context["form"].errors.keys() == {"decision"}
    wrong = quality.post(address, {**body, "password": "not it"})
    assert (wrong.status_code, [reason.code for reason in wrong.context["reasons"]]) == (403, ["reauthentication"])
    assert quality.post(address, body).status_code == 303
    twice = quality.post(address, body)
    assert (twice.status_code, [reason.code for reason in twice.context["reasons"]]) == (409, ["UNT-DECIDED"])
    page = signed_in(by).get(reverse("unit", args=[unit.pk])).content.decode()
    assert reverse("quarantine", args=[quarantine.pk]) in page


def test_the_same_over_the_api(scenario):
    (unit,) = stored(scenario, 1)
    scenario.wait(minutes=5)
    pharmacist, quality = signed_in(scenario.people["pharmacist"]), signed_in(scenario.people["qualityassurance"])
    body = {"place": TANK, "limit_code": "STORAGE", "csv": logger_file(scenario, "-140", "-170").text}
    logs = reverse("api-temperature-logs")
    preview = post_json(pharmacist, logs, {**body, "check_only": True})
    assert (preview.status_code, len(preview.json()["excursions"]), TemperatureLog.objects.count()) == (200, 1, 0)
    assert post_json(pharmacist, logs, body).status_code == 201
    assert codes(post_json(pharmacist, logs, body)) == ["TMP-ONCE"]
    shown = quality.get(reverse("api-quarantine-list")).json()["results"][0]
    signed = signature(
        scenario.people["qualityassurance"], meaning="quarantine_decision", content_hash=shown["content_hash"]
    )
    given = {"decision": "USABLE", "rationale": "Short", "signature": signed}
    address = reverse("api-quarantine", args=[shown["id"]])
    assert post_json(pharmacist, address, given).status_code == 403
    assert post_json(quality, address, given).json()["decision"] == "USABLE"
    assert states(unit) == ["IN_STOCK"]
    began = (scenario.at - timedelta(minutes=1)).isoformat()
    told = {"place": TANK, "limit_code": "STORAGE", "began_at": began, "worst_celsius": "-100"}
    made = post_json(pharmacist, reverse("api-excursions"), told)
    assert (made.status_code, made.json()["ended_at"]) == (201, None)
    end = reverse("api-excursion-end", args=[made.json()["id"]])
    assert post_json(pharmacist, end, {"ended_at": scenario.at.isoformat()}).status_code == 200
    inside = post_json(pharmacist, reverse("api-excursions"), {**told, "worst_celsius": "-150"})
    assert codes(inside) == ["TMP-INSIDE"]


@pytest.mark.parametrize("name", ["quarantine-list", "temperature-list", "product-expiry", "product-balance"])
def test_the_lists_ask_no_more_for_more_rows(scenario, name):
    client = signed_in(scenario.people["pharmacist"])
    counts = []
    for count in (2, 5):
        stored(scenario, count)
        scenario.wait(minutes=5)
        import_log(scenario, "-140", "-170", "-140", "-170")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(name)).status_code == 200
        counts.append(len(queries))
        while quarantine := Quarantine.objects.filter(decision="").first():
            decide(scenario, quarantine, ExcursionDecision.USABLE)
    assert counts[0] == counts[1]
