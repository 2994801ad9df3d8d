"""The participant's page: the next thing to do, everything that happened, in a fixed number of queries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.demonstration import bedside
from config.demonstration.participants import eligible_man, missing_creatinine, raised_liver_enzymes
from enrollment.models import Subject
from enrollment.selectors.eligibility import current_screening
from followup.models import Visit
from reports.selectors.subject_page import subject_record
from safety.models import AdverseEvent, GradeEntry
from trial.edge.context import TrialContext
from trial.rules.site_time import site_date
from trial.services.regulated import regulated


@pytest.fixture
def today(scenario):
    return site_date(scenario.at, timezone=scenario.timezone)


def page_of(client, subject: Subject):
    response = client.get(reverse("subject", args=[subject.code]))
    assert response.status_code == 200
    return response


def step_of(client, subject: Subject) -> tuple[str, str | None]:
    step = page_of(client, subject).context["step"]
    return str(step.label), step.url


def test_each_state_has_its_next_thing_to_do(scenario, browser_of, today):
    client = browser_of("investigator")

    def url(name: str, subject: Subject) -> str:
        return reverse(name, args=[subject.code])

    blank, failing = scenario.consented(), scenario.screened(raised_liver_enzymes(today))
    assert step_of(client, blank) == ("Complete the screening", url("screening", blank))
    assert step_of(client, failing) == ("Decide on the screening", url("screening", failing))
    pending, ready = scenario.screened(missing_creatinine(today)), scenario.screened(eligible_man(today))
    assert step_of(client, pending)[0] == "Complete the screening"
    assert step_of(client, ready) == ("Sign eligibility", url("screening-sign", ready))
    eligible, allocated = scenario.eligible(), scenario.allocated()
    assert step_of(client, eligible) == ("Allocate to a slot", url("allocate", eligible))
    assert step_of(client, allocated)[0] == "Plan infusion 1"
    running = scenario.running(allocated).subject
    assert step_of(client, running)[0] == "Go to infusion 1"


def test_whoever_may_not_do_the_next_thing_is_told_who_does(scenario, browser_of):
    subject = scenario.eligible()
    page = page_of(browser_of("nurse"), subject)
    assert [reason.code for reason in page.context["step_reasons"]] == ["PER-ROLE"]
    assert "data-blocked" in page.content.decode()


def test_the_page_shows_slot_signature_consent_infusion_and_visits(scenario, browser_of):
    subject = scenario.dosed().subject
    response = page_of(browser_of("coordinator"), subject)
    text = response.content.decode()
    for part in ("Cohort 1, C1-1", "Valid", "1.0 (zh-Hant)", "Completed", "0.99541", "I1D28", "M12"):
        assert part in text, part
    kinds = [str(event.kind) for event in response.context["timeline"]]
    assert {"Consent", "Allocation", "Infusion", "Visit"} <= set(kinds)
    times = [event.order_at for event in response.context["timeline"]]
    assert times == sorted(times)


def add_events(scenario, subject: Subject, count: int) -> None:
    """Events with grades as rows: the page is about showing many, not about how they are recorded."""
    with regulated(by=scenario.people["coordinator"], act="tests.events"):
        for number in range(1, count + 1):
            event = AdverseEvent.objects.create(
                subject=subject,
                number=number,
                reported_term=f"Headache {number}",
                onset=["2026-03", "2026-03-12", "2026-03-12T10:15", "2026"][number % 4],
                serious=False,
                relationship="unlikely",
                outcome="recovered",
                action_taken="none",
                aware_at=scenario.at,
                recorded_at=scenario.at,
                recorded_by=scenario.people["coordinator"],
            )
            for grade in (3, 1):
                GradeEntry.objects.create(
                    event=event,
                    grade=grade,
                    graded_on="2026-03-12",
                    recorded_at=scenario.at,
                    recorded_by=scenario.people["coordinator"],
                )


def add_visits(scenario, subject: Subject, count: int) -> None:
    with regulated(by=scenario.people["coordinator"], act="tests.visits"):
        for number in range(count):
            Visit.objects.create(
                subject=subject,
                code=f"X{number}",
                sequence=100 + number,
                nominal_on=(scenario.at + timedelta(days=number)).date(),
            )


def test_the_number_of_queries_does_not_depend_on_what_happened(scenario, browser_of):
    subject = scenario.dosed().subject
    client = browser_of("coordinator")
    page_of(client, subject)
    with CaptureQueriesContext(connection) as few:
        page_of(client, subject)
    add_events(scenario, subject, 12)
    add_visits(scenario, subject, 15)
    with CaptureQueriesContext(connection) as many:
        page = page_of(client, subject)
    assert len(many) == len(few)
    assert len(page.context["events"]) == 12
    assert page.context["events"][0]["grade"] == 1
    assert page.context["events"][0]["worst"] == 3


def test_the_page_reads_its_subject_in_at_most_twelve_queries(scenario, django_assert_max_num_queries):
    """Sign-in and layout come on top, as on every page; here it is what this page itself asks."""
    subject = scenario.dosed().subject
    add_events(scenario, subject, 5)
    request = RequestFactory().get("/")
    request.user = scenario.people["coordinator"]
    request.session = {}
    with django_assert_max_num_queries(12):
        record = subject_record(TrialContext(request), code=subject.code)
    assert len(record.events) == 5


def test_partial_onsets_stay_partial(scenario, browser_of):
    subject = scenario.allocated()
    add_events(scenario, subject, 4)
    page = page_of(browser_of("coordinator"), subject)
    shown = [event.on or event.at for event in page.context["timeline"] if str(event.kind) == "Adverse event"]
    assert "2026" in shown
    assert "2026-03" in shown
    assert "Mar 2026" in page.content.decode()


def test_the_history_tells_old_new_who_and_why(scenario, browser_of):
    subject = scenario.eligible()
    facts = dict(current_screening(subject).facts) | {"got_u_l": "40", "contraception": {"agreed": False}}
    bedside.enter_facts(subject, scenario.people, facts=facts, at=scenario.at)
    response = browser_of("auditor").get(reverse("subject-history", args=[subject.code]))
    entries = response.context["page"].entries
    change = next(entry for entry in entries if any("GOT" in each.field for each in entry.changes))
    got = next(each for each in change.changes if "GOT" in each.field)
    assert (got.old, got.new) == ("31", "40")
    assert change.by == scenario.people["coordinator"].printed_name
    assert change.reason == "Correction at source"
    text = response.content.decode()
    assert "Informed consent: entered" in text
    assert "facts_sha256" not in text


def test_the_history_is_read_page_by_page(scenario, browser_of, monkeypatch):
    monkeypatch.setattr("reports.selectors.subject_history.ON_ONE_PAGE", 4)
    subject = scenario.dosed().subject
    client = browser_of("auditor")
    address = reverse("subject-history", args=[subject.code])
    first = client.get(address).context["page"]
    second = client.get(address, {"before": first.older}).context["page"]
    assert len(first.entries) == len(second.entries) == 4
    assert first.entries != second.entries
    for odd in ("x", "-1", "9" * 30, ""):
        assert client.get(address, {"before": odd}).context["page"].entries == first.entries


def test_the_administrator_reads_neither(scenario, browser_of):
    subject = scenario.consented()
    for name in ("subject", "subject-history"):
        assert browser_of("admin").get(reverse(name, args=[subject.code])).status_code == 403
