"""The page at the bedside: every reason beside the locked start, two people, one start, and the course to the end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dosing.models import Infusion, PreDoseCheck
from dosing.services.identity_checks import identity_content
from dosing.services.pre_dose import signoff_content
from safety.services import manual_holds
from tests.builders.elsewhere import investigator_elsewhere
from tests.builders.prepared import open_cohort
from tests.builders.scenario import TrialScenario
from tests.builders.signing import PASSWORD, signed_in
from tests.builders.ward import day_typed, waiting
from trial.models import ElectronicSignature, User
from trial.rules.site_time import at_site, site_date
from trial.rules.states import Meaning
from trial.services.signatures import content_hash

DAY_CODES = ["DOS-WEIGHT", "DOS-PREGNANCY", "DOS-LABORATORY"]


@pytest.fixture
def scenario(db: None) -> TrialScenario:
    return TrialScenario()


def page(client: Client, infusion: Infusion) -> Any:
    return client.get(reverse("infusion", args=[infusion.pk]))


def send(client: Client, act: str, infusion: Infusion, body: dict[str, str] | None = None) -> Any:
    return client.post(reverse(f"infusion-{act}", args=[infusion.pk]), body or {})


def refused(answer: Any, section: str) -> list[str]:
    return [reason.code for reason in answer.context["refused"][section]]


def signing(person: User, meaning: Meaning, content: dict[str, Any], *, password: str = PASSWORD) -> dict[str, str]:
    return {
        "meaning": meaning.value,
        "username": person.username,
        "password": password,
        "content_hash": content_hash(content),
    }


def checking(person: User, infusion: Infusion, *, password: str = PASSWORD) -> dict[str, str]:
    unit = infusion.subject.product_units.get(assigned_infusion_number=infusion.number)
    return signing(person, Meaning.IDENTITY_CHECK, identity_content(infusion, unit), password=password)


def state_of(infusion: Infusion) -> str:
    return Infusion.objects.get(pk=infusion.pk).state


def test_an_infusion_is_planned_prepared_started_and_completed(scenario):
    people, nurse = scenario.people, signed_in(scenario.people["nurse"])
    subject = scenario.allocated()
    plan = reverse("infusion-plan", args=[subject.code])
    today = site_date(scenario.at, timezone=scenario.timezone)
    yesterday = nurse.post(plan, {"planned_on": (today - timedelta(days=1)).isoformat()})
    assert (yesterday.status_code, [r.code for r in yesterday.context["reasons"]]) == (409, ["DOS-PLANNED-PAST"])
    assert nurse.post(plan, {"planned_on": "soon"}).status_code == 200
    infusion = waiting(scenario, subject)
    again = nurse.get(plan)
    assert [reason.code for reason in again.context["blocked"]] == ["DOS-NUMBER"]

    assert send(nurse, "day", infusion, day_typed(scenario)).status_code == 303
    shown = page(nurse, infusion)
    assert str(shown.context["dose"].computation.volume_ml_drawn) == "6.9"
    assert send(nurse, "identify", infusion, checking(people["nurse"], infusion)).status_code == 303
    assert send(nurse, "verify", infusion, checking(people["nurse2"], infusion)).status_code == 303
    ready = page(nurse, infusion)
    assert (ready.context["start_blocked"], ready.context["open_count"]) == ((), 0)
    assert "Start the infusion now" in ready.content.decode()
    assert send(nurse, "start", infusion).status_code == 303
    running = page(nurse, infusion)
    assert 'role="timer"' in running.content.decode()
    assert reverse("event-record", args=[subject.code]) in running.content.decode()
    assert reverse("hold-place") in running.content.decode()
    because = {"reason": "access"}
    assert send(nurse, "pause", infusion, because).status_code == 303
    assert (state_of(infusion), refused(send(nurse, "pause", infusion, because), "pause")) == ("PAUSED", ["DOS-STATE"])
    assert send(nurse, "resume", infusion).status_code == 303
    too_much = send(nurse, "complete", infusion, {"infused_volume_ml": "99.5"})
    assert (too_much.status_code, refused(too_much, "complete")) == (409, ["DOS-VOLUME"])
    assert too_much.context["complete_form"]["infused_volume_ml"].value() == "99.5"
    assert send(nurse, "complete", infusion, {"infused_volume_ml": "6.9"}).status_code == 303
    ended = page(nurse, infusion).content.decode()
    assert state_of(infusion) == "COMPLETED"
    for words in ("0.99541", people["nurse"].printed_name, people["nurse2"].printed_name, "within tolerance"):
        assert words in ended


def test_every_reason_stands_beside_the_locked_start(scenario):
    infusion = waiting(scenario)
    manual_holds.place(study=scenario.study, reason="Freezer alarm", by=scenario.people["nurse"], at=scenario.at)
    nurse = signed_in(scenario.people["nurse"])
    shown = page(nurse, infusion)
    standing = [reason.code for reason in shown.context["start_blocked"]]
    assert standing == ["DOS-STUDY-HOLD", *DAY_CODES, "DOS-IDENTITY-FIRST", "DOS-VERIFIER"]
    html = shown.content.decode()
    beside = html[html.index('id="start-reasons"') :]
    assert all(f"<code>{code}</code>" in beside for code in standing)
    assert "Freezer alarm" in beside
    assert reverse("infusion-start", args=[infusion.pk]) + '"' not in html
    pressed = send(nurse, "start", infusion)
    assert (pressed.status_code, refused(pressed, "start")[:1]) == (409, ["DOS-STUDY-HOLD"])
    assert state_of(infusion) == "PRODUCT_ISSUED"


def test_a_running_infusion_goes_on_under_a_hold_and_says_so(scenario):
    infusion = scenario.running()
    manual_holds.place(study=scenario.study, reason="Freezer alarm", by=scenario.people["nurse"], at=scenario.at)
    nurse = signed_in(scenario.people["nurse"])
    assert "Freezer alarm" in page(nurse, infusion).content.decode()
    assert send(nurse, "pause", infusion, {"reason": "request"}).status_code == 303


def test_the_same_person_twice_is_refused(scenario):
    infusion = waiting(scenario)
    investigator = scenario.people["investigator"]
    client = signed_in(investigator)
    assert send(client, "day", infusion, day_typed(scenario)).status_code == 303
    assert send(client, "identify", infusion, checking(investigator, infusion)).status_code == 303
    twice = send(client, "verify", infusion, checking(investigator, infusion))
    assert (twice.status_code, refused(twice, "identity")) == (409, ["DOS-PEOPLE-SAME"])
    pressed = send(client, "start", infusion)
    assert (pressed.status_code, refused(pressed, "start")) == (409, ["DOS-VERIFIER"])
    assert state_of(infusion) == "PRODUCT_ISSUED"


def test_a_wrong_password_signs_nothing_and_a_person_without_the_task_neither(scenario):
    infusion = waiting(scenario)
    nurse = signed_in(scenario.people["nurse"])
    early = send(nurse, "verify", infusion, checking(scenario.people["nurse2"], infusion))
    assert (early.status_code, refused(early, "identity")) == (409, ["DOS-IDENTITY-FIRST"])
    assert send(nurse, "identify", infusion, checking(scenario.people["nurse"], infusion)).status_code == 303
    wrong = send(nurse, "verify", infusion, checking(scenario.people["nurse2"], infusion, password="guess"))
    assert (wrong.status_code, refused(wrong, "identity")) == (403, ["reauthentication"])
    auditor = send(nurse, "verify", infusion, checking(scenario.people["auditor"], infusion))
    assert (auditor.status_code, refused(auditor, "identity")) == (403, ["PER-ROLE"])
    stale = send(nurse, "verify", infusion, checking(scenario.people["nurse2"], infusion) | {"content_hash": "0" * 64})
    assert (stale.status_code, refused(stale, "identity")) == (409, ["stale"])
    empty = send(nurse, "verify", infusion, {})
    assert (empty.status_code, set(empty.context["identity_form"].errors)) == (
        200,
        {"meaning", "username", "password", "content_hash"},
    )
    assert ElectronicSignature.objects.filter(meaning=Meaning.IDENTITY_CHECK).count() == 1
    assert "guess" not in wrong.content.decode()


def test_of_two_starts_the_second_sees_who_has_started(scenario):
    infusion = scenario.prepared()
    assert send(signed_in(scenario.people["nurse"]), "start", infusion).status_code == 303
    second = send(signed_in(scenario.people["investigator"]), "start", infusion)
    assert (second.status_code, refused(second, "start")) == (409, ["DOS-STARTED"])
    assert scenario.people["nurse"].printed_name in second.context["refused"]["start"][0].message
    assert "DOS-STARTED" in second.content.decode()


def test_a_changed_or_unlikely_value_asks_and_keeps_what_was_typed(scenario):
    infusion = waiting(scenario)
    nurse = signed_in(scenario.people["nurse"])
    unlikely = send(nurse, "day", infusion, day_typed(scenario, weight_kg="16.0"))
    assert (unlikely.status_code, refused(unlikely, "day")) == (409, ["DOS-WEIGHT-CONFIRM"])
    assert unlikely.context["day_form"]["weight_kg"].value() == "16.0"
    assert "weight_confirmed_note" in unlikely.content.decode()
    assert not PreDoseCheck.objects.exists()
    stands = day_typed(scenario, weight_kg="70.0", weight_confirmed_note="Weighed twice: oedema.")
    assert send(nurse, "day", infusion, stands).status_code == 303
    assert PreDoseCheck.objects.get().weight_confirmed_note == "Weighed twice: oedema."
    because = {"reason": "The wrong subject was weighed."}
    assert send(nurse, "day", infusion, day_typed(scenario) | because).status_code == 303
    assert PreDoseCheck.objects.get().weight_confirmed_note == ""
    silent = send(nurse, "day", infusion, day_typed(scenario, weight_kg="62.0"))
    assert (silent.status_code, refused(silent, "day")) == (409, ["DOS-REASON"])
    changed = send(nurse, "day", infusion, day_typed(scenario, weight_kg="62.0", reason="Read from the wrong scale."))
    assert (changed.status_code, str(PreDoseCheck.objects.get().weight_kg)) == (303, "62.0")


def test_a_late_entry_is_judged_by_its_own_time_and_needs_its_reason(scenario):
    infusion = scenario.prepared()
    scenario.wait(hours=2)
    nurse = signed_in(scenario.people["nurse"])
    local = at_site(scenario.at - timedelta(hours=1), timezone=scenario.timezone)
    body = {"started_at": f"{local:%Y-%m-%dT%H:%M}", "late_entry_reason": "The network was down."}
    assert send(nurse, "start-late", infusion, body | {"late_entry_reason": ""}).status_code == 200
    before_anything = f"{local - timedelta(days=2):%Y-%m-%dT%H:%M}"
    early = send(nurse, "start-late", infusion, body | {"started_at": before_anything})
    assert early.status_code == 409
    assert "DOS-VERIFIER" in refused(early, "late")
    assert early.context["late_form"]["late_entry_reason"].value() == "The network was down."
    assert send(nurse, "start-late", infusion, body).status_code == 303
    assert "The network was down." in page(nurse, infusion).content.decode()


def test_an_infusion_stops_early_with_what_happened(scenario):
    infusion = scenario.running()
    nurse = signed_in(scenario.people["nurse"])
    silent = send(nurse, "stop", infusion, {"infused_volume_ml": "2"})
    assert (silent.status_code, set(silent.context["stop_form"].errors)) == (200, {"reason", "note"})
    body = {"infused_volume_ml": "2", "reason": "reaction", "note": "Chills after 2 mL."}
    assert send(nurse, "stop", infusion, body).status_code == 303
    shown = page(nurse, infusion).content.decode()
    assert state_of(infusion) == "STOPPED_EARLY"
    assert "Chills after 2 mL." in shown
    assert "outside tolerance" in shown


def test_an_infusion_is_not_given_with_its_reason(scenario):
    infusion = waiting(scenario)
    nurse = signed_in(scenario.people["nurse"])
    assert send(nurse, "not-given", infusion, {"reason": ""}).status_code == 200
    body = {"reason": "Fever in the morning.", "because": "adverse_event"}
    assert send(nurse, "not-given", infusion, body).status_code == 303
    assert "Fever in the morning." in page(nurse, infusion).content.decode()


def test_between_two_infusions_the_investigator_signs(scenario):
    for _ in range(3):
        scenario.allocated()
    open_cohort(scenario, number=2)
    subject = scenario.dosed(scenario.allocated()).subject
    scenario.wait(days=14)
    infusion = waiting(scenario, subject, number=2)
    investigator = scenario.people["investigator"]
    nurse, signer = signed_in(scenario.people["nurse"]), signed_in(investigator)
    shown = page(nurse, infusion)
    assert "DOS-SIGNOFF" in [reason.code for reason in shown.context["start_blocked"]]
    assert reverse("infusion-sign-off", args=[infusion.pk]) in shown.content.decode()
    body = signing(investigator, Meaning.INTER_INFUSION, signoff_content(infusion))
    assert send(nurse, "sign-off", infusion, body).status_code == 403
    wrong = send(signer, "sign-off", infusion, body | {"password": "guess"})
    assert (wrong.status_code, [r.code for r in wrong.context["reasons"]]) == (403, ["reauthentication"])
    assert send(signer, "sign-off", infusion, body).status_code == 303
    assert page(nurse, infusion).context["is_signed_off"]


def test_who_may_only_look_has_no_controls(scenario):
    infusion, running = waiting(scenario), scenario.running()
    auditor = signed_in(scenario.people["auditor"])
    for each in (infusion, running):
        html = page(auditor, each).content.decode()
        for act in (
            "day",
            "verify",
            "start",
            "start-late",
            "pause",
            "complete",
            "stop",
            "not-given",
            "identify",
            "prepare",
        ):
            assert f'action="{reverse(f"infusion-{act}", args=[each.pk])}"' not in html, act
        assert reverse("event-record", args=[each.subject.code]) not in html
        assert reverse("hold-place") not in html
    assert page(auditor, infusion).context["start_blocked"][0].code == "PER-ROLE"
    for act in (
        "day",
        "start",
        "start-late",
        "pause",
        "resume",
        "complete",
        "stop",
        "not-given",
        "sign-off",
        "prepare",
        "observed",
    ):
        assert send(auditor, act, infusion, {"reason": "x"}).status_code == 403, act
    assert auditor.post(reverse("infusion-plan", args=[infusion.subject.code]), {}).status_code == 403
    assert signed_in(scenario.people["admin"]).get(reverse("infusion-list")).status_code == 403


@pytest.mark.parametrize(
    "changed",
    [
        {"weight_kg": "NaN"},
        {"weight_kg": "1e400"},
        {"weight_kg": "-1"},
        {"weight_measured_at": "0001-01-01T00:00"},
        {"laboratory_collected_at": "yesterday"},
        {"pregnancy_result": "perhaps"},
        {"reason": "x" * 5000},
    ],
)
def test_odd_facts_are_errors_of_the_form(scenario, changed):
    infusion = waiting(scenario)
    answer = send(signed_in(scenario.people["nurse"]), "day", infusion, day_typed(scenario, **changed))
    assert (answer.status_code, set(answer.context["day_form"].errors)) == (200, set(changed))


def test_the_pages_ask_no_more_for_more_rows(scenario):
    first = waiting(scenario)
    nurse = signed_in(scenario.people["nurse"])
    page(nurse, first)
    with CaptureQueriesContext(connection) as few_rows:
        nurse.get(reverse("infusion-list"))
    with CaptureQueriesContext(connection) as few:
        page(nurse, first)
    waiting(scenario)
    with CaptureQueriesContext(connection) as more_rows:
        assert len(nurse.get(reverse("infusion-list")).context["table"]["rows"]) == 2
    with CaptureQueriesContext(connection) as more:
        page(nurse, first)
    assert (len(more_rows), len(more)) == (len(few_rows), len(few))
    assert len(few) <= 36
    for query, rows in (({"state": "RUNNING"}, 0), ({"search": first.subject.code.lower()}, 1), ({"page": "minus"}, 2)):
        assert len(nurse.get(reverse("infusion-list"), query).context["table"]["rows"]) == rows, query
    for query in ({"state": "NONSENSE"}, {"planned_from": "never"}):
        assert nurse.get(reverse("infusion-list"), query).status_code == 200, query
    assert nurse.get(reverse("infusion", args=[10**9])).status_code == 404


def test_an_infusion_of_another_site_is_unknown(committed_db, owner_connection):
    scenario = TrialScenario()
    infusion = scenario.prepared()
    client = signed_in(investigator_elsewhere(scenario, owner_connection))
    assert page(client, infusion).status_code == 404
    assert client.get(reverse("api-infusion", args=[infusion.pk])).status_code == 404
    assert client.get(reverse("infusion-plan", args=[infusion.subject.code])).status_code == 404
    assert client.get(reverse("api-subject-infusions", args=[infusion.subject.code])).status_code == 404
    assert client.get(reverse("api-infusion-list")).json()["count"] == 0
    assert send(client, "verify", infusion, checking(scenario.people["nurse2"], infusion)).status_code == 404
    assert state_of(infusion) == "PRODUCT_ISSUED"
