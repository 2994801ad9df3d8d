"""The screening page: facts entered once, criteria beside them, previews, conflicts, reasons."""

from __future__ import annotations

import pytest

from config.demonstration import bedside
from config.demonstration.participants import eligible_man, eligible_woman, missing_creatinine, raised_liver_enzymes
from enrollment.rules.states import SubjectState
from enrollment.selectors.eligibility import current_screening
from tests.integration.enrollment.screening_entry import address, typed, without_interviews
from trial.models import AuditEvent
from trial.rules.site_time import site_date


@pytest.fixture
def today(scenario):
    return site_date(scenario.at, timezone=scenario.timezone)


def test_facts_are_entered_and_saved_as_they_were_written(scenario, browser_of, today):
    subject = scenario.consented()
    facts = without_interviews(eligible_woman(today))
    response = browser_of("coordinator").post(address(subject), typed(facts, current_screening(subject)))
    assert response.status_code == 302
    saved = current_screening(subject).facts
    assert saved == facts
    assert saved["fvc_current_l"] == "2.08"
    assert isinstance(saved["creatinine"]["value"], str)
    event = AuditEvent.objects.filter(table_name="enrollment_screening").latest("id")
    assert (event.act, event.actor) == ("screenings.save_facts", "coordinator")


def test_a_subject_without_facts_is_pending_and_says_what_is_missing(scenario, browser_of):
    response = browser_of("coordinator").get(address(scenario.consented()))
    verdict = response.context["verdict"]
    assert verdict.overall == "pending"
    assert [row.code for row in verdict.rows] == [
        "I1a", "I1b", "I2", "I3", "I4", "I5", "X1", "X2a", "X2b", "X2", "X3", "X4", "X5",
    ]  # fmt: skip
    assert {"id_birth_date", "id_sex", "id_got_u_l", "group-family"} <= {item.place for item in verdict.missing}
    (reason,) = [reason for reason in response.context["sign_reasons"] if reason.code == "ELG-PENDING"]
    assert "GOT" in reason.message
    assert "got_u_l" not in reason.message


def test_every_criterion_shows_the_words_of_the_protocol(scenario, browser_of):
    response = browser_of("coordinator").get(address(scenario.consented()))
    texts = {text.code: text.text for text in scenario.study.protocol_versions.get().definition.criteria}
    for row in response.context["verdict"].rows:
        assert row.wording == texts[row.code.rstrip("ab")]
        assert row.reasons


def test_a_preview_judges_what_is_typed_and_saves_nothing(scenario, browser_of, today):
    subject = scenario.screened(missing_creatinine(today))
    screening = current_screening(subject)
    sent = typed(screening.facts, screening, got_u_l="120")
    response = browser_of("coordinator").post(address(subject, "screening-preview"), sent)
    assert response.status_code == 200
    assert response.context["verdict"].overall == "ineligible"
    assert [row.code for row in response.context["verdict"].failing] == ["X4"]
    page = response.content.decode()
    assert "GOT 120.0 U/L; more than 80.0 U/L excludes." in page
    assert "data-changes" in page
    assert "<html" not in page
    assert current_screening(subject).facts_sha256 == screening.facts_sha256


def test_a_preview_leaves_out_what_cannot_be_read_and_names_it(scenario, browser_of, today):
    subject = scenario.screened(eligible_man(today))
    screening = current_screening(subject)
    sent = typed(screening.facts, screening, got_u_l="much", birth_date="14.05.1968", creatinine__value="-1")
    response = browser_of("coordinator").post(address(subject, "screening-preview"), sent)
    assert response.status_code == 200
    assert response.context["verdict"].overall == "pending"
    assert len(response.context["unread"]) == 3
    assert any("GOT" in line for line in response.context["unread"])


def test_a_preview_asks_for_no_reason_for_a_new_value(scenario, browser_of, today):
    subject = scenario.screened(missing_creatinine(today))
    screening = current_screening(subject)
    new = {"creatinine__value": "0.9", "creatinine__unit": "mg/dL", "creatinine__collected_on": today.isoformat()}
    response = browser_of("coordinator").post(
        address(subject, "screening-preview"), typed(screening.facts, screening, **new)
    )
    assert response.context["verdict"].overall == "eligible"
    assert "data-changes" not in response.content.decode()
    assert "SCR-UNSAVED" in response.content.decode()


def test_a_preview_is_asked_for_by_post_alone(scenario, browser_of):
    assert browser_of("coordinator").get(address(scenario.consented(), "screening-preview")).status_code == 405


def test_a_saved_value_changes_only_with_a_reason(scenario, browser_of, today):
    subject = scenario.screened(eligible_man(today))
    screening = current_screening(subject)
    client = browser_of("coordinator")
    refused = client.post(address(subject), typed(screening.facts, screening, got_u_l="33"))
    assert refused.status_code == 409
    assert "SCR-REASON" in refused.content.decode()
    assert refused.context["form"]["got_u_l"].value() == "33"
    assert current_screening(subject).facts == screening.facts
    saved = client.post(address(subject), typed(screening.facts, screening, got_u_l="33", reason="Typing error"))
    assert saved.status_code == 302
    assert current_screening(subject).facts["got_u_l"] == "33"
    assert AuditEvent.objects.filter(table_name="enrollment_screening").latest("id").reason == "Typing error"


def test_saving_the_same_again_asks_for_nothing(scenario, browser_of, today):
    subject = scenario.screened(eligible_man(today))
    screening = current_screening(subject)
    assert browser_of("coordinator").post(address(subject), typed(screening.facts, screening)).status_code == 302


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"got_u_l": "much"}, "got_u_l"),
        ({"got_u_l": "NaN"}, "got_u_l"),
        ({"fvc_current_l": "0"}, "fvc_current_l"),
        ({"weight_kg": "1e999"}, "weight_kg"),
        ({"birth_date": "1968-13"}, "birth_date"),
        ({"hiv_on": "0001-01-01"}, "hiv_on"),
        ({"creatinine__unit": "stones"}, "creatinine__unit"),
        ({"creatinine__value": "-1"}, "creatinine__value"),
        ({"pregnancy_test__result": "perhaps"}, "pregnancy_test__result"),
        ({"ct_enlarged": "perhaps"}, "ct_enlarged"),
        ({"ctd__1__attested": "yes"}, "ctd__1__diagnosis"),
        ({"ctd_none": "on"}, "ctd_none"),
        ({"got_u_l": "9" * 65}, "got_u_l"),
        ({"steroid_drug": "\x00"}, "steroid_drug"),
    ],
)
def test_what_cannot_be_read_stands_beside_its_field(scenario, browser_of, today, change, field):
    subject = scenario.consented()
    sent = typed(eligible_man(today), current_screening(subject), **change)
    response = browser_of("coordinator").post(address(subject), sent)
    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assert current_screening(subject).facts == {}


def test_rows_of_diagnoses_may_have_gaps(scenario, browser_of, today):
    subject = scenario.consented()
    facts = eligible_man(today)
    del facts["ctd"]
    rows = {
        "ctd__1__diagnosis": "RA",
        "ctd__1__criteria_met": "yes",
        "ctd__3__diagnosis": "SS",
        "ctd__3__attested": "no",
    }
    response = browser_of("coordinator").post(address(subject), typed(facts, current_screening(subject), **rows))
    assert response.status_code == 302
    assert current_screening(subject).facts["ctd"] == [
        {"diagnosis": "RA", "criteria_met": True},
        {"diagnosis": "SS", "attested": False},
    ]


def test_no_connective_tissue_disease_is_a_fact_too(scenario, browser_of, today):
    subject = scenario.consented()
    facts = eligible_man(today) | {"ctd": []}
    client = browser_of("coordinator")
    assert client.post(address(subject), typed(facts, current_screening(subject))).status_code == 302
    assert current_screening(subject).facts["ctd"] == []
    assert client.get(address(subject)).context["verdict"].overall == "ineligible"


# ---------------------------------------------------------------------------------------------- somebody else meanwhile


def test_somebody_elses_save_is_told_and_nothing_is_lost(scenario, browser_of, today):
    subject = scenario.screened(eligible_man(today))
    opened = current_screening(subject)
    mine = typed(opened.facts, opened, got_u_l="33", gpt_u_l="29", reason="Laboratory called")
    theirs = dict(opened.facts) | {"got_u_l": "34", "hiv": "reactive"}
    bedside.enter_facts(subject, scenario.people, facts=theirs, at=scenario.at)
    response = browser_of("investigator").post(address(subject), mine)
    assert response.status_code == 409
    conflict = response.context["conflict"]
    assert conflict["by"].by == scenario.people["coordinator"].printed_name
    ((label, values),) = conflict["conflicts"]
    assert ("GOT" in label, values) == (True, ("31", "34", "33"))
    ((label, _values),) = conflict["taken"]
    assert label == "HIV test"
    form = response.context["form"]
    assert [form[name].value() for name in ("got_u_l", "gpt_u_l", "hiv", "reason")] == [
        "33",
        "29",
        "reactive",
        "Laboratory called",
    ]
    assert current_screening(subject).facts == theirs
    again = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    assert browser_of("investigator").post(address(subject), again).status_code == 302
    assert current_screening(subject).facts == theirs | {"got_u_l": "33", "gpt_u_l": "29"}


def test_a_hash_that_never_was_is_a_conflict_and_overwrites_nothing(scenario, browser_of, today):
    subject = scenario.screened(eligible_man(today))
    screening = current_screening(subject)
    sent = typed(eligible_woman(today), screening, seen_sha256="0" * 64, reason="x")
    response = browser_of("coordinator").post(address(subject), sent)
    assert response.status_code == 409
    assert current_screening(subject).facts == screening.facts


# ------------------------------------------------------------------------------------------------------------- who may


@pytest.mark.parametrize("username", ["nurse", "monitor", "pharmacist", "auditor"])
def test_others_read_and_cannot_save(scenario, browser_of, today, username):
    subject = scenario.screened(eligible_man(today))
    screening = current_screening(subject)
    client = browser_of(username)
    page = client.get(address(subject))
    assert page.status_code == 200
    assert "PER-ROLE" in page.content.decode()
    refused = client.post(address(subject), typed(screening.facts, screening, got_u_l="33", reason="x"))
    assert refused.status_code == 403
    assert current_screening(subject).facts == screening.facts


def test_the_administrator_does_not_even_read(scenario, browser_of):
    subject = scenario.consented()
    assert browser_of("admin").get(address(subject)).status_code == 403
    assert browser_of("admin").post(address(subject, "screening-preview")).status_code == 403


def test_a_code_that_is_nobodys_is_unknown(scenario, browser_of):
    client = browser_of("coordinator")
    assert client.get("/subjects/CMUH-999/screening/").status_code == 404
    assert client.get("/subjects/%00/screening/").status_code == 404
    assert client.get("/subjects/%001/").status_code == 404


def test_a_closed_screening_keeps_its_facts(scenario, browser_of, today):
    subject = scenario.screened(raised_liver_enzymes(today))
    client = browser_of("coordinator")
    assert client.post(address(subject, "screening-fail")).status_code == 302
    subject.refresh_from_db()
    assert subject.state == SubjectState.SCREEN_FAILED
    screening = current_screening(subject)
    assert screening.failure_codes == ["X4"]
    page = client.get(address(subject)).content.decode()
    assert "SCR-CLOSED" in page
    assert 'name="reason"' not in page
    refused = client.post(address(subject), typed(screening.facts, screening, got_u_l="30", reason="x"))
    assert (refused.status_code, "SCR-CLOSED" in refused.content.decode()) == (409, True)


def test_a_screening_that_does_not_fail_cannot_be_closed_as_failed(scenario, browser_of, today):
    subject = scenario.screened(missing_creatinine(today))
    client = browser_of("coordinator")
    assert "SCR-NOT-FAILED" in client.get(address(subject, "screening-fail")).content.decode()
    refused = client.post(address(subject, "screening-fail"))
    assert (refused.status_code, "SCR-NOT-FAILED" in refused.content.decode()) == (409, True)
    assert browser_of("nurse").post(address(subject, "screening-fail")).status_code == 403


def test_the_number_of_queries_is_small(scenario, browser_of, today, django_assert_max_num_queries):
    subject = scenario.screened(eligible_man(today))
    client = browser_of("coordinator")
    client.get(address(subject))
    with django_assert_max_num_queries(17):
        client.get(address(subject))
