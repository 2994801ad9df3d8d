"""The verdict under the form, of the API, of explain and of the signed snapshot is one and the same."""

from __future__ import annotations

import json
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.demonstration import bedside
from config.demonstration.participants import eligible_man, eligible_woman, missing_creatinine, raised_liver_enzymes
from enrollment.forms.screening import ScreeningForm
from enrollment.models import EligibilitySnapshot
from enrollment.rules.interviews import INTERVIEW_KEYS
from enrollment.rules.merging import merge_facts
from enrollment.rules.stored_facts import stored_facts
from enrollment.rules.treatment_derived import DERIVED_FROM_TREATMENTS
from enrollment.selectors.eligibility import DERIVED_KEYS, current_screening, evaluate_screening
from enrollment.services import screenings
from trial.documents.problems import InputProblems
from trial.protocol.loading import shipped_definition
from trial.rules.site_time import site_date

CASES = Path(__file__).parents[2] / "data" / "explain" / "eligibility"


def boundary(consent_on: Any) -> dict[str, Any]:
    """Values with more digits than a float keeps, each just on the other side of its limit."""
    return eligible_man(consent_on) | {
        "fvc_reference_l": "2.50000000000000000001",
        "fvc_current_l": "2.25",
        "got_u_l": "80.00000000000000000000",
        "creatinine": {"value": "123.76", "unit": "µmol/L", "collected_on": consent_on.isoformat()},
    }


def treated(consent_on: Any) -> dict[str, Any]:
    """The treatment facts are worked out from records, with dates known in part, a gap, and an attested drug."""
    facts = eligible_man(consent_on)
    for key in ("overlap_started_on", "steroid_drug", "steroid_mg_per_day"):
        del facts[key]
    year = consent_on.year
    return facts | {
        "treatments": [
            {"drug": "methylprednisolone", "daily_dose_mg": "40", "started_on": f"{year - 5}", "ongoing": True},
            {"drug": "methotrexate", "started_on": f"{year - 4}-03", "ended_on": f"{year - 2}-05-31", "attested": True},
            {"drug": "tacrolimus", "daily_dose_mg": "3", "started_on": f"{year - 2}-06-15", "ongoing": True},
        ],
        "treatments_complete": True,
        "ctd": [
            {
                "diagnosis": "OTHER", "criteria_set": "other", "criteria_met": True, "attested": True,
                "attestation": "Antisynthetase syndrome with anti-Jo-1",
            }
        ],
        "ct_reading": {"read_by": "radiologist", "improved": False},
        "oxygen": {"spo2_percent": "93", "new_need": False},
        "latent_tuberculosis": True,
    }  # fmt: skip


def awaiting_attestation(consent_on: Any) -> dict[str, Any]:
    facts = treated(consent_on)
    facts["treatments"] = [dict(each) for each in facts["treatments"][:2]]
    del facts["treatments"][1]["attested"]
    return facts


def unlikely(consent_on: Any) -> dict[str, Any]:
    """One value is a slip of the pen, another one was confirmed."""
    return eligible_man(consent_on) | {
        "fvc_current_l": "20.8",
        "weight_kg": "261",
        "confirmed": {"weight_kg": "261"},
    }


def explained(document: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    file = tmp_path / "facts.json"
    file.write_text(json.dumps(document))
    answer = StringIO()
    call_command("explain", "eligibility", str(file), stdout=answer)
    found: dict[str, Any] = json.loads(answer.getvalue())
    return found


@pytest.mark.parametrize(
    "facts_of",
    [
        eligible_man, eligible_woman, missing_creatinine, raised_liver_enzymes, boundary, treated, awaiting_attestation,
        unlikely, lambda on: {},
    ],
)  # fmt: skip
def test_page_program_explain_and_snapshot_say_the_same(
    scenario, browser_of, program_of, signature_of, tmp_path, facts_of
):
    subject = scenario.consented()
    facts = facts_of(site_date(scenario.at, timezone=scenario.timezone))
    bedside.hold_interviews(subject, scenario.people, facts=facts, at=scenario.at)
    screening = current_screening(subject)
    form = ScreeningForm(facts=facts, seen_sha256=screening.facts_sha256, drugs=["prednisolone"])
    sent = {name: str(value) for name, value in form.initial.items() if value is not False}
    preview = browser_of("coordinator").post(reverse("screening-preview", args=[subject.code]), sent)
    assert browser_of("coordinator").post(reverse("screening", args=[subject.code]), sent).status_code == 302

    api = program_of("coordinator").get(reverse("api-screening", args=[subject.code])).json()
    page = browser_of("coordinator").get(reverse("screening", args=[subject.code])).context["verdict"]
    assert api["verdict"] == explained(api["evaluated"], tmp_path)
    for shown in (page, preview.context["verdict"]):
        assert shown.overall == api["verdict"]["overall"]
        for row in api["verdict"]["criteria"]:
            beside = next(each for each in shown.rows if each.code == row["code"])
            assert [reason.as_dict() for reason in beside.reasons] == row["reasons"]
            assert len(beside.missing) == len(row["needs"])
    if api["verdict"]["overall"] == "eligible":
        entry = signature_of("investigator", api["content_hash"])
        signed = browser_of("investigator").post(reverse("screening-sign", args=[subject.code]), entry)
        assert signed.status_code == 302
        content = json.loads(EligibilitySnapshot.objects.get().content)
        assert content["result"] == api["verdict"]
        assert content["facts"] == api["evaluated"]
        assert content["entered"] == api["facts"]


@pytest.mark.parametrize("case", sorted(CASES.glob("*.json")), ids=lambda path: path.stem)
def test_the_form_keeps_every_fact_of_the_documented_cases(case: Path):
    """A document shown in the form and sent back is the same document: no key is lost, no digit changes."""
    definition = shipped_definition()
    given = json.loads(case.read_text(), parse_float=str)
    try:
        typed = {key: value for key, value in given.items() if key not in DERIVED_KEYS | INTERVIEW_KEYS}
        facts = stored_facts(typed, definition=definition)
    except InputProblems:
        pytest.skip("a case of bad input")
    shown = ScreeningForm(facts=facts, seen_sha256="", drugs=[])
    sent = {name: str(value) for name, value in shown.initial.items() if value is not False}
    form = ScreeningForm(sent, facts={}, seen_sha256="", drugs=[])
    assert form.is_valid()
    assert stored_facts(form.document(), definition=definition) == facts


def test_records_sent_to_explain_say_what_they_say_on_the_page(scenario, browser_of, program_of, tmp_path):
    subject = scenario.consented()
    facts = treated(site_date(scenario.at, timezone=scenario.timezone))
    bedside.enter_facts(subject, scenario.people, facts=facts, at=scenario.at)
    api = program_of("coordinator").get(reverse("api-screening", args=[subject.code])).json()
    records = {key: api["facts"][key] for key in ("treatments", "treatments_complete")}
    typed = {key: value for key, value in api["evaluated"].items() if key not in DERIVED_FROM_TREATMENTS}
    assert explained(typed | records, tmp_path) == explained(api["evaluated"], tmp_path) == api["verdict"]
    assert api["verdict"]["overall"] == "eligible"
    assert api["evaluated"]["steroid_mg_per_day"] == "50"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keys=st.lists(st.sampled_from(sorted(treated(date(2026, 1, 5)))), unique=True), order=st.randoms())
def test_no_order_of_entry_and_no_merging_changes_the_verdict(scenario, keys, order):
    """Whatever two people have saved in which order, in parts or at once, the same facts give the same verdict."""
    with transaction.atomic():
        subject = scenario.consented()
        facts = treated(site_date(scenario.at, timezone=scenario.timezone))
        bedside.hold_interviews(subject, scenario.people, facts=facts, at=scenario.at)
        whole = {key: value for key, value in facts.items() if key not in INTERVIEW_KEYS}
        parts = [key for key in whole if key in keys], [key for key in whole if key not in keys]
        order.shuffle(parts[1])
        seen = current_screening(subject)
        first = {key: whole[key] for key in parts[0]}
        save(seen, first, scenario)
        # Somebody began from what was there before the first save, and enters the rest: both are joined.
        second = {key: whole[key] for key in parts[1]}
        saved = current_screening(subject)
        joined = merge_facts(seen=seen.facts, saved=saved.facts, entered=second | heard(saved.facts))
        assert not joined.conflicts
        save(saved, dict(joined.document), scenario)
        verdict = evaluate_screening(current_screening(subject), at=scenario.at).content["result"]
        assert current_screening(subject).facts == whole | heard(saved.facts)
        assert verdict["overall"] == "eligible"
        transaction.set_rollback(True)


def heard(facts: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if key in INTERVIEW_KEYS}


def save(screening: Any, facts: dict[str, Any], scenario: Any) -> None:
    screenings.save_facts(
        screening=screening,
        facts=facts,
        seen_sha256=screening.facts_sha256,
        reason="",
        by=scenario.people["coordinator"],
        at=scenario.at,
    )
