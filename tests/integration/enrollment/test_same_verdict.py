"""The verdict under the form, of the API, of explain and of the signed snapshot is one and the same."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse

from config.demonstration import bedside
from config.demonstration.participants import eligible_man, eligible_woman, missing_creatinine, raised_liver_enzymes
from enrollment.forms.screening import ScreeningForm
from enrollment.models import EligibilitySnapshot
from enrollment.rules.interviews import INTERVIEW_KEYS
from enrollment.rules.stored_facts import stored_facts
from enrollment.selectors.eligibility import DERIVED_KEYS, current_screening
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


def explained(document: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    file = tmp_path / "facts.json"
    file.write_text(json.dumps(document))
    answer = StringIO()
    call_command("explain", "eligibility", str(file), stdout=answer)
    found: dict[str, Any] = json.loads(answer.getvalue())
    return found


@pytest.mark.parametrize(
    "facts_of", [eligible_man, eligible_woman, missing_creatinine, raised_liver_enzymes, boundary, lambda on: {}]
)
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
