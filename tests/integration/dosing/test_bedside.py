"""The bedside around the start and the end: states, two people, the wrong bag, pauses, deviations, acts sent twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config import tasks
from config.demonstration import bedside
from config.demonstration.people import proof
from dosing.models import CustodyEvent, Infusion, Interruption, Premedication
from dosing.services import pre_dose
from dosing.services.identity_checks import identity_content
from safety.services import manual_holds
from tests.builders.prepared import open_cohort
from tests.builders.scenario import TrialScenario
from tests.builders.signing import PASSWORD, signed_in
from tests.builders.ward import day_typed, waiting
from trial.errors import RuleViolation
from trial.models import AuditEvent, Deviation, IdempotentRequest, Notification, User
from trial.rules.site_time import site_date
from trial.rules.states import Meaning
from trial.services.regulated import regulated
from trial.services.signatures import content_hash


@pytest.fixture
def scenario(db: None) -> TrialScenario:
    return TrialScenario()


def act(client: Client, name: str, infusion: Infusion, *rows: int, **body: str) -> Any:
    return client.post(reverse(name, args=[infusion.pk, *rows]), body)


def refused(answer: Any, section: str) -> list[str]:
    return [reason.code for reason in answer.context["refused"][section]]


def checking(person: User, infusion: Infusion, **changed: str) -> dict[str, str]:
    unit = infusion.subject.product_units.get(assigned_infusion_number=infusion.number)
    return {
        "meaning": Meaning.IDENTITY_CHECK.value,
        "username": person.username,
        "password": PASSWORD,
        "content_hash": content_hash(identity_content(infusion, unit)),
    } | changed


def state_of(infusion: Infusion) -> str:
    return Infusion.objects.get(pk=infusion.pk).state


def raised(infusion: Infusion, category: str) -> list[str]:
    return [row.code for row in Deviation.objects.filter(subject_code=infusion.subject.code, category=category)]


def second_of_two(scenario: TrialScenario, *, after_days: int) -> Infusion:
    """Infusion 2 of a subject of cohort 2, planned for today, some days after the first."""
    for _ in range(3):
        scenario.allocated()
    open_cohort(scenario, number=2)
    subject = scenario.dosed(scenario.allocated()).subject
    scenario.wait(days=after_days)
    return waiting(scenario, subject, number=2)


def test_the_states_are_reached_by_the_acts(scenario):
    """Domain 6.4: planned, cleared by the facts of the day, product issued, and back when the bag is taken out."""
    subject = scenario.allocated()
    nurse = signed_in(scenario.people["nurse"])
    plan = reverse("infusion-plan", args=[subject.code])
    nurse.post(plan, {"planned_on": site_date(scenario.at, timezone=scenario.timezone).isoformat()})
    infusion = Infusion.objects.get()
    assert infusion.state == "PLANNED"
    assert act(nurse, "infusion-day", infusion, **day_typed(scenario)).status_code == 303
    assert state_of(infusion) == "CLEARED"
    unit = scenario.lot.units.order_by("number")[0]
    bedside.hand_out(unit, subject, scenario.people, number=1, at=scenario.at)
    assert state_of(infusion) == "PRODUCT_ISSUED"


def test_the_preparation_and_the_premedication_are_recorded_and_stay(scenario):
    infusion = scenario.prepared()
    nurse = signed_in(scenario.people["nurse"])
    body = {"dose_model": "VOLUME", "access_site": "left forearm", "line_filter": "200 µm", "rate_ml_per_h": "20"}
    assert act(nurse, "infusion-prepare", infusion, **body, equipment_checked="on").status_code == 303
    changed = body | {"access_site": "right hand"}
    assert refused(act(nurse, "infusion-prepare", infusion, **changed), "prepare") == ["DOS-REASON"]
    assert act(nurse, "infusion-prepare", infusion, **changed, reason="The vein was lost.").status_code == 303
    drug = {"drug": "Chlorpheniramine", "dose": "10", "unit": "mg", "route": "intravenous"}
    assert act(nurse, "premedication-give", infusion, **drug).status_code == 303
    assert act(nurse, "premedication-give", infusion, **drug | {"dose": "much"}).status_code == 200
    row = Premedication.objects.get()
    silent = act(nurse, "premedication-void", infusion, row.pk, reason="")
    assert (silent.status_code, set(silent.context["premedication"][0]["form"].errors)) == (200, {"reason"})
    assert act(nurse, "premedication-void", infusion, row.pk, reason="Not given after all.").status_code == 303
    again = act(nurse, "premedication-void", infusion, row.pk, reason="Again.")
    assert refused(again, "void") == ["DOS-VOIDED"]
    html = nurse.get(reverse("infusion", args=[infusion.pk])).content.decode()
    for words in (
        "right hand",
        "Chlorpheniramine, 10 mg, intravenous".replace(" mg", "\u00a0mg"),
        "Not given after all.",
    ):
        assert words in html
    assert act(nurse, "infusion-start", infusion).status_code == 303
    assert refused(act(nurse, "infusion-prepare", infusion, **changed), "prepare") == ["DOS-STARTED"]


def test_the_bag_model_shows_its_steps_and_does_not_start_outside_the_tolerance(scenario):
    """7.5E7 cells at 88 % for 61.0 kg are 1.08197 million/kg: inside. For 45.0 kg they are 1.46667: outside."""
    infusion = scenario.prepared()
    nurse = signed_in(scenario.people["nurse"])
    assert act(nurse, "infusion-prepare", infusion, dose_model="BAG").status_code == 303
    shown = nurse.get(reverse("infusion", args=[infusion.pk]))
    assert [step.result for step in shown.context["dose"].steps if step.is_the_volume] == ["7.50\u00a0mL"]
    assert str(shown.context["dose"].computation.given_million_per_kg) == "1.08197"
    light = {"weight_kg": "45.0", "weight_confirmed_note": "Weighed twice.", "reason": "Wrong scale."}
    assert act(nurse, "infusion-day", infusion, **day_typed(scenario, **light)).status_code == 303
    blocked = nurse.get(reverse("infusion", args=[infusion.pk]))
    assert [reason.code for reason in blocked.context["start_blocked"]] == ["DOS-DOSE-TOLERANCE"]
    api = nurse.get(reverse("api-infusion", args=[infusion.pk])).json()["guard"]
    assert (api["allowed"], [reason["code"] for reason in api["reasons"]]) == (False, ["DOS-DOSE-TOLERANCE"])
    assert refused(act(nurse, "infusion-start", infusion), "start") == ["DOS-DOSE-TOLERANCE"]
    assert act(nurse, "infusion-prepare", infusion, dose_model="VOLUME").status_code == 303
    assert act(nurse, "infusion-start", infusion).status_code == 303


def test_g38_a_wrong_bag_is_refused_and_the_incident_kept(scenario):
    infusion, other = waiting(scenario), waiting(scenario)
    nurse = signed_in(scenario.people["nurse"])
    wrong = other.subject.product_units.get()
    body = checking(scenario.people["nurse"], infusion, unit_code=str(wrong.uuid))
    for _sent_twice in range(2):
        answer = act(nurse, "infusion-identify", infusion, **body)
        assert (answer.status_code, refused(answer, "first")) == (409, ["DOS-PRODUCT-ASSIGNED"])
    incident = Deviation.objects.get()
    assert (incident.category, incident.code) == ("IDENTITY", "DOS-PRODUCT-ASSIGNED")
    assert str(wrong) in incident.description
    unknown = act(nurse, "infusion-identify", infusion, **body | {"unit_code": "L-99/77"})
    assert (unknown.status_code, set(unknown.context["first_form"].errors)) == (200, {"unit_code"})
    right = infusion.subject.product_units.get()
    assert act(nurse, "infusion-identify", infusion, **body | {"unit_code": f" {right} "}).status_code == 303
    second = checking(scenario.people["nurse2"], infusion, unit_code=str(right.uuid).upper())
    assert act(nurse, "infusion-verify", infusion, **second).status_code == 303
    infusion.refresh_from_db()
    first, both = infusion.first_identity_signature, infusion.identity_signature
    assert (first.content, first.signer.username, both.signer.username) == (both.content, "nurse", "nurse2")
    link = CustodyEvent.objects.get(step="IDENTITY_CHECKED")
    assert (link.by.username, link.second_signature) == ("nurse", both)


def test_pauses_are_rows_and_the_clock_leaves_them_out(scenario):
    infusion = scenario.running()
    nurse = signed_in(scenario.people["nurse"])
    scenario.wait(minutes=10)
    silent = act(nurse, "infusion-pause", infusion, reason="other")
    assert refused(silent, "pause") == ["DOS-REASON"]
    assert act(nurse, "infusion-pause", infusion, reason="access", note="Occluded.").status_code == 303
    scenario.wait(minutes=5)
    assert act(nurse, "infusion-resume", infusion).status_code == 303
    scenario.wait(minutes=25)
    clock = nurse.get(reverse("infusion", args=[infusion.pk])).context["clock"]
    assert (clock["elapsed_s"] // 60, clock["paused_min"], clock["pauses"], clock["is_running"]) == (35, 5, 1, True)
    row = Interruption.objects.get()
    assert (row.reason, row.note, row.resumed_by.username) == ("access", "Occluded.", "nurse")
    body = {"infused_volume_ml": "6.9", "residual_volume_ml": "0.61"}
    assert refused(act(nurse, "infusion-complete", infusion, **body), "complete") == ["DOS-VOLUME"]
    assert (
        act(nurse, "infusion-complete", infusion, **body | {"residual_volume_ml": "0.6"}, flush_ml="10").status_code
        == 303
    )
    assert raised(infusion, "DOSE") == []
    steps = list(CustodyEvent.objects.filter(unit=infusion.unit_id).order_by("id").values_list("step", flat=True))
    assert steps[-5:] == ["IDENTITY_CHECKED", "STARTED", "PAUSED", "RESUMED", "ENDED"]
    assert refused(act(nurse, "infusion-discharge", infusion), "observation") == ["DOS-OBSERVED"]
    assert act(nurse, "infusion-observed", infusion).status_code == 303
    assert raised(infusion, "MONITORING") == ["DOS-OBSERVATION-SHORT"]
    assert act(nurse, "infusion-discharge", infusion).status_code == 303
    assert refused(act(nurse, "infusion-discharge", infusion), "observation") == ["DOS-STARTED"]


@pytest.mark.parametrize(
    ("infused", "words"),
    [
        # 61.0 kg, 8.8E6 viable cells/mL: 4.0 mL are 0.57705 (G35), 5.6 mL 0.80787, 7.5 mL 1.08197.
        pytest.param("4.0", "Below 80 % of the plan", id="G35-half"),
        pytest.param("5.6", "0.80787", id="evaluable-deviation"),
    ],
)
def test_a_dose_outside_its_tolerance_raises_its_deviation_by_itself(scenario, infused, words):
    infusion = scenario.running()
    nurse = signed_in(scenario.people["nurse"])
    body = {"infused_volume_ml": infused, "reason": "technical", "note": "The pump failed."}
    assert act(nurse, "infusion-stop", infusion, **body).status_code == 303
    assert raised(infusion, "DOSE") == ["DOS-DOSE-TOLERANCE"]
    assert words in Deviation.objects.get(category="DOSE").description
    assert not Notification.objects.filter(key=f"infusion:{infusion.pk}:overdose").exists()


def test_g37_an_overdose_asks_for_an_assessment(scenario):
    """57.0 kg: 6.5 mL were planned and all 7.5 mL ran in, 1.15789 million/kg; nobody felt anything."""
    subject, people = scenario.allocated(), scenario.people
    prepared = bedside.prepare(subject, people, number=1, lot=scenario.lot, at=scenario.at, weight_kg="57.0")
    infusion = bedside.start(prepared, people, at=scenario.at)
    nurse = signed_in(people["nurse"])
    assert act(nurse, "infusion-complete", infusion, infused_volume_ml="7.5").status_code == 303
    row = Deviation.objects.get(category="DOSE")
    assert "1.15789" in row.description
    assert "medication error" in row.description
    told = Notification.objects.get(key=f"infusion:{infusion.pk}:overdose", user=people["investigator"])
    assert told.path == reverse("infusion", args=[infusion.pk])
    offered = nurse.get(reverse("infusion", args=[infusion.pk])).context["offered_event"]
    assert offered["why"] == "overdose"
    draft = nurse.get(offered["url"]).context["form"]
    assert "overdose" in draft["reported_term"].value()
    assert draft["infusion_reaction"].value() is False


def test_g29_an_overdue_interval_is_a_deviation_and_does_not_block(scenario):
    infusion = second_of_two(scenario, after_days=37)
    people = scenario.people
    tasks.run()
    missed = Deviation.objects.get(category="MISSED")
    assert "infusion 2: not given within its interval" in missed.description
    bedside.record_day(infusion, people, at=scenario.at)
    seen = content_hash(pre_dose.signoff_content(infusion))
    pre_dose.sign_off(infusion=infusion, proof=proof(people["investigator"], seen), at=scenario.at)
    bedside.verify(infusion, infusion.subject.product_units.get(assigned_infusion_number=2), people, at=scenario.at)
    nurse = signed_in(people["nurse"])
    shown = nurse.get(reverse("infusion", args=[infusion.pk]))
    assert shown.context["giving_days"].days_outside(site_date(scenario.at, timezone=scenario.timezone)) == 2
    if [reason.code for reason in shown.context["start_blocked"]]:
        open_cohort(scenario, number=2)
    assert act(nurse, "infusion-start", infusion, interval_reason="").status_code == 200
    assert act(nurse, "infusion-start", infusion, interval_reason="A typhoon.").status_code == 303
    assert raised(infusion, "INTERVAL") == ["DOS-INTERVAL-OVERDUE"]


def test_g30_while_the_cohort_is_held_the_next_infusion_is_not_signed_off(scenario):
    infusion = second_of_two(scenario, after_days=28)
    investigator = scenario.people["investigator"]
    manual_holds.place(
        study=scenario.study,
        cohort=infusion.subject.allocation.slot.cohort,
        reason="S5: chills after infusion 1.",
        by=investigator,
        at=scenario.at,
    )
    seen = content_hash(pre_dose.signoff_content(infusion))
    with pytest.raises(RuleViolation, match="DOS-SIGNOFF-HELD"):
        pre_dose.sign_off(infusion=infusion, proof=proof(investigator, seen), at=scenario.at)
    shown = signed_in(investigator).get(reverse("infusion-sign-off", args=[infusion.pk]))
    assert [reason.code for reason in shown.context["blocked"]] == ["DOS-SIGNOFF-HELD"]


def test_g46_a_pregnancy_that_is_found_blocks_the_infusion(scenario):
    infusion = scenario.prepared()
    nurse = signed_in(scenario.people["nurse"])
    found = {"pregnancy_result": "positive", "reason": "Tested again."}
    body = day_typed(scenario, **found)
    body["pregnancy_collected_at"] = body["weight_measured_at"]
    assert act(nurse, "infusion-day", infusion, **body).status_code == 303
    assert refused(act(nurse, "infusion-start", infusion), "start") == ["DOS-SUBJECT-HOLD", "DOS-PREGNANCY"]


def test_g28_an_infusion_withheld_for_an_event_offers_its_form(scenario):
    infusion, other = waiting(scenario), waiting(scenario)
    nurse = signed_in(scenario.people["nurse"])
    body = {"because": "adverse_event", "reason": "Fever."}
    assert act(nurse, "infusion-not-given", infusion, **body).status_code == 303
    shown = nurse.get(reverse("infusion", args=[infusion.pk]))
    assert shown.context["offered_event"]["why"] == "withheld"
    assert reverse("event-record", args=[infusion.subject.code]) in shown.content.decode()
    assert raised(infusion, "MISSED") == []
    assert act(nurse, "infusion-not-given", other, because="logistic", reason="No bed.").status_code == 303
    assert raised(other, "MISSED") == ["DOS-NOT-GIVEN"]
    exposure = nurse.get(reverse("api-subject-exposure", args=[other.subject.code])).json()
    assert (exposure["infusions"], exposure["relative_dose_intensity"]) == (0, "0.00000")


def test_a_form_that_is_sent_again_is_done_once(scenario):
    infusion = scenario.prepared()
    nurse = signed_in(scenario.people["nurse"])
    person = str(scenario.people["nurse"].pk)
    form = {"idempotency_key": "k1", "person": person}
    queued = nurse.post(reverse("infusion-start", args=[infusion.pk]), form, headers={"X-Queued": "1"})
    assert (queued.status_code, queued.content) == (204, b"")
    again = act(nurse, "infusion-start", infusion, **form, waited_s="4")
    assert again.status_code == 303
    assert AuditEvent.objects.filter(act="infusions.start", table_name="dosing_infusion").count() == 1
    other = act(nurse, "infusion-start", infusion, **form, interval_reason="x")
    assert refused(other, "start") == ["stale"]
    stranger = signed_in(scenario.people["investigator"])
    under_another_name = act(stranger, "infusion-pause", infusion, reason="request", person=person)
    assert refused(under_another_name, "pause") == ["elsewhere"]
    # What was refused leaves no key, and may be sent again once it is allowed.
    key = {"idempotency_key": "k2", "person": person}
    assert act(nurse, "infusion-resume", infusion, **key).status_code == 409
    assert IdempotentRequest.objects.filter(key="page:k2").count() == 0


def test_what_waited_for_the_connection_happened_when_it_was_pressed(scenario):
    infusion = scenario.prepared()
    nurse = signed_in(scenario.people["nurse"])
    late = act(nurse, "infusion-start", infusion, waited_s="301")
    assert refused(late, "start") == ["DOS-START-WAITED"]
    assert act(nurse, "infusion-start", infusion, waited_s="300").status_code == 303
    scenario.wait(minutes=20)
    assert act(nurse, "infusion-pause", infusion, reason="request", waited_s="600").status_code == 303
    row = Interruption.objects.get()
    assert timedelta(seconds=599) <= scenario.at - row.paused_at <= timedelta(seconds=605)
    before_the_pause = act(nurse, "infusion-resume", infusion, waited_s="900")
    assert refused(before_the_pause, "run") == ["DOS-ORDER"]
    assert act(nurse, "infusion-resume", infusion, waited_s="nonsense").status_code == 303


def test_the_page_learns_that_somebody_else_changed_something(scenario):
    infusion = scenario.running()
    nurse, other = signed_in(scenario.people["nurse"]), signed_in(scenario.people["nurse2"])
    seen = nurse.get(reverse("infusion", args=[infusion.pk])).context["stamp"]
    asking = reverse("infusion-changed", args=[infusion.pk])
    assert nurse.get(asking, {"seen": seen}).status_code == 204
    assert act(other, "vitals-record", infusion, point="S+0", heart_rate="80").status_code == 303
    told = nurse.get(asking, {"seen": seen})
    assert (told.status_code, "another device" in told.content.decode()) == (200, True)
    assert act(other, "infusion-complete", infusion, infused_volume_ml="6.9").status_code == 303
    stale = act(nurse, "infusion-stop", infusion, infused_volume_ml="6", reason="technical", note="Pump.")
    assert (stale.status_code, "DOS-STATE" in stale.content.decode()) == (409, True)


def test_the_database_lets_the_rest_be_written_once_and_in_order(scenario):
    infusion = scenario.dosed()
    nurse = scenario.people["nurse"]
    at = scenario.at

    def write(**values: object) -> str:
        try:
            with transaction.atomic(), regulated(by=nurse, act="tests.write"):
                Infusion.objects.filter(pk=infusion.pk).update(**values)
        except DatabaseError as refusal:
            return str(refusal).partition(":")[0]
        return ""

    assert write(infused_volume_ml="7.0") == "DOS-STARTED"
    assert write(observation_ended_at=at + timedelta(days=1)) == "DOS-FUTURE"
    assert write(observation_ended_at=infusion.ended_at - timedelta(seconds=1)) == "DOS-ORDER"
    assert write(discharged_at=at) == "DOS-ORDER"
    assert write(residual_volume_ml="0.40", flush_ml="10", observation_ended_at=at) == ""
    assert write(residual_volume_ml="0.50") == "DOS-STARTED"
    assert write(observation_ended_at=None) == "DOS-STARTED"
    assert write(discharged_at=at) == ""
    running = waiting(scenario)
    assert running.ended_at is None
    with pytest.raises(DatabaseError, match="DOS-STATE"), transaction.atomic(), regulated(by=nurse, act="tests.write"):
        Infusion.objects.filter(pk=running.pk).update(flush_ml="10")


def test_the_page_asks_as_much_however_much_has_happened(scenario):
    infusion = scenario.running()
    nurse = signed_in(scenario.people["nurse"])
    address = reverse("infusion", args=[infusion.pk])
    act(nurse, "vitals-record", infusion, point="S+0", heart_rate="80")
    nurse.get(address)
    with CaptureQueriesContext(connection) as few:
        nurse.get(address)
    scenario.wait(minutes=35)
    bedside.watch(infusion, scenario.people, at=scenario.at)
    for reason in ("request", "access"):
        act(nurse, "infusion-pause", infusion, reason=reason)
        act(nurse, "infusion-resume", infusion)
    with CaptureQueriesContext(connection) as more:
        nurse.get(address)
    assert len(more) == len(few)
    assert len(few) <= 36
    with CaptureQueriesContext(connection) as asked:
        nurse.get(reverse("infusion-changed", args=[infusion.pk]), {"seen": "x"})
    assert len(asked) <= 10
