"""The pages of adverse events: what follows is shown before saving; changed with a reason; voided and still there."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from safety.models import AdverseEvent
from safety.selectors.consequences import ConsequenceKind, consequences
from safety.selectors.event_entries import entry_of
from tests.builders.observed_cohort import ObservedCohort
from tests.builders.signing import signed_in
from trial.models import AuditEvent, CohortClearance, DosingHold
from trial.rules.site_time import at_site

pytestmark = pytest.mark.django_db


@pytest.fixture
def cohort() -> ObservedCohort:
    cohort = ObservedCohort()
    cohort.dose()
    cohort.morning(days=6)
    return cohort


def typed(cohort, **changes):
    local = at_site(cohort.at, timezone=cohort.scenario.timezone)
    body = {
        "reported_term": "feverish at night",
        "ctcae_term": "Fever",
        "onset_on": cohort.onset(cohort.subjects[0], days=2),
        "onset_time": "22:15",
        "grade": "1",
        "serious": "no",
        "relationship": "possible",
        "outcome": "recovering",
        "action_taken": "none",
        "aware_at": f"{local:%Y-%m-%dT%H:%M}",
        "visit": "I1D1",
    }
    return body | changes


def record(cohort, who="investigator", **changes):
    address = reverse("event-record", args=[cohort.subjects[0].code])
    return signed_in(cohort.people[who]).post(address, typed(cohort, **changes))


def saved(cohort, who="investigator", **changes):
    """Saved as a person does it: what follows is shown, read, and then it is saved."""
    shown = record(cohort, who, **changes)
    return record(cohort, who, **changes, consequences_seen=shown.context["following"].sha256)


def test_what_follows_is_shown_before_an_event_is_saved_and_then_happens(cohort):
    shown = record(cohort)
    assert (shown.status_code, shown.context["is_asked"]) == (200, True)
    assert not AdverseEvent.objects.exists()
    kinds = [item.kind for item in shown.context["following"].items]
    assert kinds == [ConsequenceKind.GATE, ConsequenceKind.COHORT_HOLD]
    text = shown.content.decode()
    assert "This closes gate 1: it computes to NOT_PASSED, and to NOT_READY without this event." in text
    assert "This holds dosing in cohort 1 at once" in text
    assert shown.context["form"]["reported_term"].value() == "feverish at night"
    assert not DosingHold.objects.exists()

    answer = record(cohort, consequences_seen=shown.context["following"].sha256)
    event = AdverseEvent.objects.get()
    assert (answer.status_code, answer.url) == (303, reverse("event", args=[event.pk]))
    assert (event.onset[-6:], event.visit.code, event.grades.get().grade) == ("T22:15", "I1D1", 1)
    assert DosingHold.objects.get().cohort.number == 1
    assert cohort.assess().result.result == "NOT_PASSED"


def test_the_preview_says_what_saving_does_to_opened_cohorts_signatures_and_the_study():
    cohort = ObservedCohort().opened()
    subject = cohort.subjects[0]
    onset = cohort.onset(subject, days=3)
    preview = record(cohort, onset_on=onset, grade="4", ctcae_term="Hypertension", visit="")
    kinds = {item.kind for item in preview.context["following"].items}
    assert kinds == {
        ConsequenceKind.GATE,
        ConsequenceKind.COHORT_HOLD,
        ConsequenceKind.REVOCATION,
        ConsequenceKind.ENDORSEMENT,
        ConsequenceKind.STUDY_HOLD,
        ConsequenceKind.PROMPT,
    }
    assert CohortClearance.objects.get(cohort__number=2).revoked_at is None
    assert saved(cohort, onset_on=onset, grade="4", ctcae_term="Hypertension", visit="").status_code == 303
    assert CohortClearance.objects.get(cohort__number=2).revoked_at is not None
    assert sorted(DosingHold.objects.values_list("kind", flat=True)) == ["QUALIFYING_EVENT", "STOPPING_RULE"]
    assert cohort.assess().result.result == "SUSPENDED"


def test_a_death_and_an_open_review_are_foreseen():
    cohort = ObservedCohort().endorsed()
    cohort.convene()
    preview = record(cohort, grade="5", onset_on=cohort.onset(cohort.subjects[0], days=3), visit="")
    kinds = {item.kind for item in preview.context["following"].items}
    assert {ConsequenceKind.DEATH, ConsequenceKind.REVIEW, ConsequenceKind.GATE, ConsequenceKind.PROMPT} <= kinds
    subject = cohort.subjects[0]
    subject.refresh_from_db()
    assert subject.died_at is None


def test_an_event_outside_the_window_has_no_consequences_and_is_saved_at_once(cohort):
    cohort.morning(days=40)
    later = cohort.onset(cohort.subjects[0], days=40)
    answer = record(cohort, onset_on=later, onset_time="", visit="")
    assert answer.status_code == 303
    assert cohort.assess().result.other_events


def test_the_panel_follows_what_is_typed_and_writes_nothing(cohort):
    client = signed_in(cohort.people["coordinator"])
    address = reverse("event-consequences", args=[cohort.subjects[0].code])
    before = AuditEvent.objects.count()
    panel = client.post(address, typed(cohort))
    assert "This closes gate 1" in panel.content.decode()
    assert "as soon as" in client.post(address, {"reported_term": "x"}).content.decode()
    assert AuditEvent.objects.count() == before
    assert signed_in(cohort.people["auditor"]).post(address, typed(cohort)).status_code == 403


def test_terms_are_found_forgivingly_and_only_defined_grades_are_offered(cohort):
    client = signed_in(cohort.people["nurse"])
    found = client.get(reverse("event-terms"), {"ctcae_term": "feb"}).content.decode()
    assert "<strong>Fever</strong>" in found
    chosen = client.get(reverse("event-term"), {"choose": "Phlebitis"})
    text = chosen.content.decode()
    assert chosen["HX-Trigger"] == "term-chosen"
    assert 'value="Phlebitis"' in text
    assert "Grade 2" in text
    assert "Grade 3" not in text
    assert "No term of CTCAE" in client.get(reverse("event-terms"), {"ctcae_term": "qqqqq"}).content.decode()
    refused = record(cohort, ctcae_term="Phlebitis", grade="3")
    assert (refused.status_code, list(refused.context["form"].errors)) == (200, ["grade"])


def test_without_script_a_term_is_found_and_chosen_and_nothing_typed_is_lost(cohort):
    client = signed_in(cohort.people["coordinator"])
    address = reverse("event-record", args=[cohort.subjects[0].code])
    found = client.post(address, typed(cohort, ctcae_term="feb", find="1", narrative="kept"))
    assert "Fever" in [term.name for term in found.context["terms"]]
    assert found.context["form"]["narrative"].value() == "kept"
    chosen = client.post(address, typed(cohort, ctcae_term="feb", choose="Fever", narrative="kept"))
    assert chosen.context["form"]["ctcae_term"].value() == "Fever"
    assert chosen.context["form"]["narrative"].value() == "kept"
    assert not AdverseEvent.objects.exists()


def test_a_refused_event_shows_every_reason_and_keeps_what_was_typed(cohort):
    refused = record(cohort, onset_on="2999", onset_time="", serious="yes", ctcae_term="Feverish")
    assert refused.status_code == 409
    assert {r.code for r in refused.context["reasons"]} == {"AEV-ONSET-FUTURE", "AEV-SERIOUS", "AEV-CTCAE"}
    assert refused.context["form"]["onset_on"].value() == "2999"
    assert not AdverseEvent.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("onset_on", "31.3.2025"),
        ("onset_on", "2025-02-30"),
        ("onset_time", "25:00"),
        ("serious", ""),
        ("aware_at", "soon"),
        ("relationship", "perhaps"),
        ("grade", "9"),
        ("seriousness_criteria", "sad"),
        ("visit", "I9D9"),
        ("baseline_grade", "x"),
        ("graded_on", "x"),
        ("reported_term", ""),
    ],
)
def test_bad_input_is_an_error_of_its_field(cohort, field, value):
    answer = record(cohort, **{field: value})
    assert (answer.status_code, list(answer.context["form"].errors)) == (200, [field])


def test_causality_is_left_to_an_investigator(cohort):
    assert saved(cohort, "coordinator", relationship="unrelated").status_code == 303
    assert AdverseEvent.objects.get().relationship == "not_assessed"
    page = signed_in(cohort.people["coordinator"]).get(reverse("event", args=[AdverseEvent.objects.get().pk]))
    assert [r.code for r in page.context["regrading"]] == ["PER-ROLE"]


def test_who_does_not_record_sees_why_and_is_refused(cohort):
    client = signed_in(cohort.people["medicalmonitor"])
    address = reverse("event-record", args=[cohort.subjects[0].code])
    assert "PER-ROLE" in client.get(address).content.decode()
    assert client.post(address, typed(cohort)).status_code == 403
    assert client.get(reverse("event-record", args=["NOBODY-1"])).status_code == 404
    event = cohort.report(cohort.subjects[0], onset=cohort.onset(cohort.subjects[0], days=1))
    for name in ("event-regrade", "event-amend", "event-void"):
        assert client.post(reverse(name, args=[event.pk]), {"reason": "x"}).status_code == 403
    assert client.get(reverse("event", args=[10**9])).status_code == 404


def test_a_grade_is_added_with_its_reason_and_the_earlier_one_stays(cohort):
    subject = cohort.subjects[0]
    event = cohort.report(subject, onset=cohort.onset(subject, days=1), ctcae_term="Fever")
    client = signed_in(cohort.people["subinvestigator"])
    address = reverse("event-regrade", args=[event.pk])
    body = {"grade": "4", "graded_on": cohort.onset(subject, days=2), "reason": "worse"}
    assert list(client.post(address, body | {"reason": ""}).context["form"].errors) == ["reason"]
    asked = client.post(address, body)
    assert "by a stopping rule" in asked.content.decode()
    assert event.grades.count() == 1
    body["consequences_seen"] = asked.context["following"].sha256
    early = client.post(address, {"grade": "2", "graded_on": "2020-01-01", "reason": "worse"})
    assert (early.status_code, [r.code for r in early.context["reasons"]]) == (409, ["AEV-GRADE-BEFORE"])
    assert client.post(address, body).status_code == 303
    page = client.get(reverse("event", args=[event.pk]))
    assert [grade.grade for grade in page.context["grades"]] == [1, 4]
    assert page.context["weighing"].counts is True
    newest = page.context["history"][0]
    assert (newest["action"], newest["reason"], newest["by"]) == ("graded", "worse", "Dr Wang Mei-Hui")


def test_an_event_is_amended_with_a_reason_and_voided_it_stays_readable(cohort):
    subject = cohort.subjects[0]
    event = cohort.report(subject, onset=cohort.onset(subject, days=1))
    client = signed_in(cohort.people["investigator"])
    address = reverse("event-amend", args=[event.pk])
    form = client.get(address).context["form"]
    body = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    body["aware_at"] = f"{body['aware_at']:%Y-%m-%dT%H:%M}"
    assert list(client.post(address, body).context["form"].errors) == ["reason"]
    assert client.post(address, body | {"relationship": "unlikely", "reason": "seen again"}).status_code == 303
    event.refresh_from_db()
    assert event.relationship == "unlikely"
    change = AuditEvent.objects.filter(table_name="safety_adverseevent", row_id=str(event.pk)).latest("id")
    changed = {name for name in change.after if change.after[name] != change.before[name]}
    assert (changed, change.reason) == ({"relationship"}, "seen again")

    void = reverse("event-void", args=[event.pk])
    assert list(client.post(void, {"reason": ""}).context["form"].errors) == ["reason"]
    assert client.post(void, {"reason": "wrong participant"}).status_code == 303
    page = client.get(reverse("event", args=[event.pk]))
    assert "wrong participant" in page.content.decode()
    assert [r.code for r in page.context["amending"]] == ["AEV-VOIDED"]
    assert client.post(void, {"reason": "again"}).status_code == 409
    listed = client.get(reverse("event-list"), {"voided": "true"})
    assert len(listed.context["table"]["rows"]) == 1


def test_a_coordinator_corrects_what_does_not_weigh_and_nothing_else(cohort):
    subject = cohort.subjects[0]
    event = cohort.report(subject, onset=cohort.onset(subject, days=1))
    client = signed_in(cohort.people["coordinator"])
    address = reverse("event-amend", args=[event.pk])
    form = client.get(address).context["form"]
    body = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    body |= {"aware_at": f"{body['aware_at']:%Y-%m-%dT%H:%M}", "reason": "typing slip"}
    assert client.post(address, body | {"narrative": "Told by the daughter."}).status_code == 303
    assert client.post(address, body | {"outcome": "recovered"}).status_code == 403
    event.refresh_from_db()
    assert (event.narrative, event.outcome) == ("Told by the daughter.", "unknown")


def test_the_list_is_narrowed_and_asks_no_more_for_more_rows(cohort):
    subject = cohort.subjects[0]
    cohort.report(subject, onset=cohort.onset(subject, days=1))
    client = signed_in(cohort.people["sponsor"])
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("event-list"))
    for days in (2, 3, 4):
        cohort.report(subject, onset=cohort.onset(subject, days=days), ctcae_term="Fever", grade=3)
    with CaptureQueriesContext(connection) as more:
        rows = client.get(reverse("event-list")).context["table"]["rows"]
    assert (len(rows), len(more)) == (4, len(few))
    for query, count in (
        ({"grade": "3"}, 3),
        ({"search": "fev"}, 3),
        ({"search": subject.code.lower()}, 4),
        ({"cohort": "2"}, 0),
        ({"serious": "true"}, 0),
        ({"relationship": "not_assessed"}, 4),
        ({"voided": "false"}, 4),
        ({"cohort": "x", "grade": "11"}, 4),
    ):
        assert len(client.get(reverse("event-list"), query).context["table"]["rows"]) == count, query


def test_a_change_that_changes_nothing_has_no_consequences(cohort):
    subject = cohort.subjects[0]
    event = cohort.report(subject, onset=cohort.onset(subject, days=1))
    assert not consequences(subject, entry_of(event), at=cohort.at, replacing=event).items
