"""Vital signs on the page and over the API: the series, its alerts, corrections, and what its gaps raise."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from config import tasks
from config.demonstration import bedside
from dosing.models import AlertAnswer, Infusion, VitalSigns
from tests.builders.scenario import TrialScenario
from tests.builders.signing import codes, post_json, signed_in
from tests.builders.ward import waiting
from trial.models import Deviation
from trial.rules.site_time import at_site

_keys = count()
CALM = {"heart_rate": "78", "systolic_pressure": "128", "diastolic_pressure": "80", "oxygen_saturation": "97"}


@pytest.fixture
def scenario(db: None) -> TrialScenario:
    return TrialScenario()


def page(client: Client, infusion: Infusion, **query: str) -> Any:
    return client.get(reverse("infusion", args=[infusion.pk]), query)


def enter(client: Client, infusion: Infusion, point: str, **values: str) -> Any:
    return client.post(reverse("vitals-record", args=[infusion.pk]), {"point": point} | values)


def act(client: Client, name: str, *args: int, **body: str) -> Any:
    return client.post(reverse(name, args=args), body)


def refused(answer: Any, section: str) -> list[str]:
    return [reason.code for reason in answer.context["refused"][section]]


def raised(infusion: Infusion) -> dict[str, str]:
    rows = Deviation.objects.filter(subject_code=infusion.subject.code)
    return {row.key.split(":", 2)[2]: row.code for row in rows if row.key.startswith("infusion:")}


def test_the_series_from_before_the_start_to_the_alert_and_its_answer(scenario):
    infusion = scenario.prepared()
    nurse = signed_in(scenario.people["nurse"])
    before = page(nurse, infusion)
    assert (before.context["vital_point"]["code"], before.context["alerts"]) == ("S-15", [])
    assert enter(nurse, infusion, "S-15", **CALM).status_code == 303
    # The start follows at once: 15 minutes before it is when they were due, and they are out of their time.
    assert act(nurse, "infusion-start", infusion.pk).status_code == 303
    assert raised(infusion) == {"vital-signs:S-15": "DOS-VITALS-TIME"}
    shown = page(nurse, infusion)
    assert shown.context["vital_point"]["code"] == "S+0"
    assert 'data-countdown="' in shown.content.decode()
    assert enter(nurse, infusion, "S+0", **CALM).status_code == 303

    scenario.wait(minutes=15)
    low = {"heart_rate": "135", "systolic_pressure": "85", "diastolic_pressure": "50", "oxygen_saturation": "91.5"}
    assert enter(nurse, infusion, "S+15", **low, symptoms="wheeze").status_code == 303
    alarmed = page(nurse, infusion)
    (alert,) = alarmed.context["alerts"]
    assert alert["entry"].alerts == ["SPO2_DROP", "SBP_LOW", "SBP_DROP", "HR_HIGH", "WHEEZE"]
    html = alarmed.content.decode()
    assert "term=Infusion+related+reaction" in html
    assert "Pause the infusion" in html
    draft = nurse.get(alert["event_url"]).context["form"]
    assert draft["ctcae_term"].value() == "Infusion related reaction"
    assert (draft["infusion"].value(), draft["infusion_reaction"].value()) == ("1", True)
    assert draft["onset_on"].value() == f"{at_site(scenario.at, timezone=scenario.timezone):%Y-%m-%d}"

    assert act(nurse, "infusion-pause", infusion.pk, reason="vital_signs").status_code == 303
    assert refused(act(nurse, "infusion-resume", infusion.pk), "run") == ["DOS-ALERT-OPEN"]
    silent = act(nurse, "vitals-answer", infusion.pk, alert["entry"].pk, action="watched", note="")
    assert (silent.status_code, refused(silent, "answer")) == (409, ["DOS-REASON"])
    answer = {"action": "paused", "note": "Oxygen 2 L/min."}
    assert act(nurse, "vitals-answer", infusion.pk, alert["entry"].pk, **answer).status_code == 303
    again = act(nurse, "vitals-answer", infusion.pk, alert["entry"].pk, **answer)
    assert (again.status_code, AlertAnswer.objects.count()) == (409, 1)
    assert page(nurse, infusion).context["alerts"] == []
    assert act(nurse, "infusion-resume", infusion.pk).status_code == 303


def test_a_value_taken_again_before_the_start_does_not_hide_what_the_others_fall_from(scenario):
    infusion = scenario.prepared()
    nurse = signed_in(scenario.people["nurse"])
    assert enter(nurse, infusion, "S-15", **CALM).status_code == 303
    scenario.wait(minutes=1)
    assert enter(nurse, infusion, "X", heart_rate="80").status_code == 303
    scenario.wait(minutes=1)
    assert act(nurse, "infusion-start", infusion.pk).status_code == 303
    scenario.wait(minutes=15)
    fallen = {"systolic_pressure": "90", "diastolic_pressure": "60", "oxygen_saturation": "93"}
    assert enter(nurse, infusion, "S+15", **fallen).status_code == 303
    assert VitalSigns.objects.get(point="S+15").alerts == ["SPO2_DROP"]


def test_a_point_is_entered_once_corrected_by_a_later_row_or_not_done_with_its_reason(scenario):
    infusion = scenario.running()
    nurse, other = signed_in(scenario.people["nurse"]), signed_in(scenario.people["nurse2"])
    assert enter(nurse, infusion, "S+0", **CALM).status_code == 303
    twice = enter(other, infusion, "S+0", **CALM)
    assert (twice.status_code, refused(twice, "vitals")) == (409, ["DOS-VITALS-RECORDED"])
    assert scenario.people["nurse"].printed_name in twice.context["refused"]["vitals"][0].message
    assert twice.context["vitals_form"]["heart_rate"].value() == "78"
    assert refused(enter(nurse, infusion, "S+75", **CALM), "vitals") == ["DOS-VITALS-POINT"]
    assert refused(enter(nurse, infusion, "X"), "vitals") == ["DOS-VITALS-EMPTY"]
    for odd in ({"heart_rate": "eighty"}, {"oxygen_saturation": "101"}, {"temperature": "1e9"}, {"symptoms": "envy"}):
        wrong = enter(nurse, infusion, "X", **odd)
        assert (wrong.status_code, set(wrong.context["vitals_form"].errors)) == (200, set(odd)), odd

    first = VitalSigns.objects.get()
    offered = page(nurse, infusion, correct=str(first.pk))
    assert offered.context["correct_form"]["heart_rate"].value() == first.heart_rate
    local = f"{at_site(scenario.at, timezone=scenario.timezone):%Y-%m-%dT%H:%M}"
    body = CALM | {"point": "S+0", "heart_rate": "140", "taken_at": local}
    assert act(nurse, "vitals-correct", infusion.pk, first.pk, **body).status_code == 200
    fixed = act(nurse, "vitals-correct", infusion.pk, first.pk, **body | {"taken_at": local, "reason": "Typed 78."})
    assert fixed.status_code == 303
    later = VitalSigns.objects.get(replaces=first)
    assert (later.alerts, later.replaced_reason, first.alerts) == (["HR_HIGH"], "Typed 78.", [])
    stale = act(nurse, "vitals-correct", infusion.pk, first.pk, **body | {"taken_at": local, "reason": "Again."})
    assert refused(stale, "correct") == ["DOS-VITALS-REPLACED"]

    assert act(nurse, "vitals-not-done", infusion.pk, point="S+15", reason="").status_code == 200
    assert act(nurse, "vitals-not-done", infusion.pk, point="S+15", reason="Asleep.").status_code == 303
    assert raised(infusion) == {"vital-signs:S+15": "DOS-VITALS-MISSING"}
    series = page(nurse, infusion).content.decode()
    for words in ("Corrected: Typed 78.", "Asleep.", "<polyline"):
        assert words in series


def test_what_is_missing_when_the_series_is_over_is_one_deviation(scenario):
    infusion = scenario.running()
    bedside.watch(infusion, scenario.people, at=scenario.at)
    scenario.wait(minutes=40)
    infusion = bedside.complete(Infusion.objects.get(pk=infusion.pk), scenario.people, at=scenario.at)
    bedside.watch(infusion, scenario.people, at=scenario.at)
    scenario.wait(hours=30)
    tasks.run()
    assert "vital-signs:missing" not in raised(infusion)
    scenario.wait(hours=7)
    tasks.run()
    tasks.run()
    assert raised(infusion)["vital-signs:missing"] == "DOS-VITALS-MISSING"
    (row,) = Deviation.objects.filter(code="DOS-VITALS-MISSING")
    assert "S+45, E+15, S+60, E+30, E+60, E+120, E+240, E+360, D1" in row.description
    assert "S+30" not in row.description


def test_programs_read_and_write_the_series_with_the_same_refusals(scenario):
    infusion = scenario.running()
    nurse = signed_in(scenario.people["nurse"])
    path = reverse("api-infusion-vital-signs", args=[infusion.pk])

    def send(body: dict[str, Any], *, where: str = path, key: str = "") -> Any:
        return post_json(nurse, where, body, **{"Idempotency-Key": key or f"key-{next(_keys)}"})

    assert post_json(nurse, path, {"point": "S+0"}).status_code == 400
    made = send({"point": "S+0", "temperature": "38.0"}, key="one")
    assert (made.status_code, made.json()["alerts"]) == (201, ["TEMPERATURE_HIGH"])
    assert send({"point": "S+0", "temperature": "38.0"}, key="one").json() == made.json()
    assert VitalSigns.objects.count() == 1
    assert codes(send({"point": "S+0", "heart_rate": "80"})) == ["DOS-VITALS-RECORDED"]
    assert codes(send({"point": "S+15"})) == ["DOS-VITALS-EMPTY"]
    assert send({"point": "S+15", "symptoms": ["envy"]}).status_code == 400
    assert send({"point": "S+15", "heart_rate": "NaN"}).status_code == 400
    row = made.json()["id"]
    answer = reverse("api-infusion-vital-signs-answer", args=[infusion.pk, row])
    assert send({"action": "treated"}, where=answer).json()["answer"]["action"] == "treated"
    assert codes(send({"action": "treated"}, where=answer)) == ["DOS-ALERT-ANSWERED"]
    correct = reverse("api-infusion-vital-signs-correct", args=[infusion.pk, row])
    fixed = send({"temperature": "36.9", "reason": "Other thermometer."}, where=correct)
    assert (fixed.status_code, fixed.json()["replaces"], fixed.json()["alerts"]) == (201, row, [])
    told = nurse.get(path).json()
    assert (told["lines"][1]["entry"]["id"], told["unanswered"]) == (fixed.json()["id"], [])
    assert told["next_due"]["point"] == "S+15"
    assert (
        send(
            {"action": "treated"}, where=reverse("api-infusion-vital-signs-answer", args=[infusion.pk, 10**9])
        ).status_code
        == 404
    )


def test_who_may_only_look_sees_the_series_and_enters_nothing(scenario):
    infusion = waiting(scenario)
    auditor = signed_in(scenario.people["auditor"])
    html = page(auditor, infusion).content.decode()
    assert reverse("vitals-record", args=[infusion.pk]) + '"' not in html
    assert enter(auditor, infusion, "S-15", **CALM).status_code == 403
    assert auditor.get(reverse("api-infusion-vital-signs", args=[infusion.pk])).status_code == 200
