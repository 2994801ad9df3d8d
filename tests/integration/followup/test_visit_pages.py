"""The pages of visits: the list with its filters, one visit entered as done or as missed, each refusal with reasons."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from followup.models import Visit
from followup.rules.states import VisitState
from followup.rules.visit_status import VisitStatus, visit_status
from followup.selectors.visit_list import Wanted, wanted_rows
from tests.builders.observed_cohort import ObservedCohort
from tests.builders.signing import signed_in
from trial.rules.site_time import at_site

pytestmark = pytest.mark.django_db


@pytest.fixture
def cohort() -> ObservedCohort:
    """One subject dosed ten days ago: visits done, due, overdue and to come."""
    cohort = ObservedCohort()
    cohort.dose()
    cohort.morning(days=6)
    return cohort


def visit_of(cohort: ObservedCohort, code: str) -> Visit:
    return Visit.objects.get(subject=cohort.subjects[0], code=code)


def typed(cohort: ObservedCohort, *, days: int = 0, answer: str = "none", note: str = "") -> dict[str, str]:
    local = at_site(cohort.at - timedelta(days=days), timezone=cohort.scenario.timezone)
    return {"done_at": f"{local:%Y-%m-%dT%H:%M}", "adverse_events_asked": answer, "note": note}


def test_the_list_begins_with_what_is_to_do_and_narrows_to_the_rest(cohort, django_assert_max_num_queries):
    client = signed_in(cohort.people["coordinator"])
    page = client.get(reverse("visit-list"))
    shown = {row["cells"][2]["state"] for row in page.context["table"]["rows"]}
    assert shown == {"DUE", "OVERDUE"}
    assert page.context["counts"].overdue == Visit.objects.filter(wanted_rows(Wanted.OVERDUE, at=cohort.at)).count()
    assert client.get(reverse("visit-list"), {"status": "OVERDUE"}).context["table"]["page"].paginator.count == (
        page.context["counts"].overdue
    )
    everything = client.get(reverse("visit-list"), {"status": "", "search": cohort.subjects[0].code.lower()})
    assert everything.context["table"]["page"].paginator.count == 10
    assert "not known yet" not in client.get(reverse("visit-list"), {"status": "", "code": "i1d7"}).content.decode()
    with django_assert_max_num_queries(16):
        client.get(reverse("visit-list"), {"status": ""})


def test_the_list_asks_no_more_for_more_rows(cohort):
    client = signed_in(cohort.people["coordinator"])
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("visit-list"), {"status": ""})
    for _ in range(4):
        cohort.scenario.consented()
    with CaptureQueriesContext(connection) as more:
        rows = client.get(reverse("visit-list"), {"status": ""}).context["table"]["rows"]
    assert (len(rows), len(more)) == (18, len(few))


def test_the_condition_of_the_database_is_the_rule_of_the_status(cohort):
    by_rule = {
        Wanted.OVERDUE: VisitStatus.OVERDUE,
        Wanted.DUE: VisitStatus.DUE,
        Wanted.UPCOMING: VisitStatus.PLANNED,
        Wanted.DONE: VisitStatus.DONE,
        Wanted.MISSED: VisitStatus.MISSED,
    }
    rows = list(Visit.objects.exclude(state=VisitState.CANCELLED))
    assert rows
    for at in [
        cohort.at,
        *(visit.opens_at for visit in rows if visit.opens_at),
        *(v.closes_at for v in rows if v.closes_at),
    ]:
        for wanted, status in by_rule.items():
            expected = {
                v.pk
                for v in rows
                if visit_status(VisitState(v.state), opens_at=v.opens_at, closes_at=v.closes_at, at=at) is status
            }
            found = set(
                Visit.objects.exclude(state="CANCELLED").filter(wanted_rows(wanted, at=at)).values_list("pk", flat=True)
            )
            assert found == expected, (wanted, at)


def test_a_visit_is_entered_and_a_yes_leads_on_to_the_form_of_the_event(cohort):
    client = signed_in(cohort.people["coordinator"])
    visit = visit_of(cohort, "I1D7")
    address = reverse("visit", args=[visit.pk])
    shown = client.get(address)
    assert shown.context["form"].initial.keys() == {"done_at"}
    assert "checked" not in shown.content.decode()
    unanswered = client.post(address, typed(cohort) | {"adverse_events_asked": ""})
    assert unanswered.status_code == 200
    assert unanswered.context["form"].errors.keys() == {"adverse_events_asked"}
    answer = client.post(address, typed(cohort, answer="yes"))
    assert (answer.status_code, answer.url) == (
        303,
        f"{reverse('event-record', args=[visit.subject.code])}?visit=I1D7",
    )
    visit.refresh_from_db()
    assert (visit.state, visit.adverse_events_asked, visit.recorded_by) == ("DONE", "yes", cohort.people["coordinator"])
    recorded = client.get(address).content.decode()
    assert "Chen Yi-Ting" in recorded
    assert "asked: yes" in recorded


def test_a_visit_outside_its_window_shows_the_reason_and_keeps_what_was_typed(cohort):
    client = signed_in(cohort.people["coordinator"])
    visit = visit_of(cohort, "I1D1")
    refused = client.post(reverse("visit", args=[visit.pk]), typed(cohort))
    assert refused.status_code == 409
    assert [reason.code for reason in refused.context["reasons"]] == ["VIS-WINDOW-NOTE"]
    assert refused.context["form"]["adverse_events_asked"].value() == "none"
    visit.refresh_from_db()
    assert visit.state == "PLANNED"
    client.post(reverse("visit", args=[visit.pk]), typed(cohort, note="He was on a journey."))
    page = client.get(reverse("visit", args=[visit.pk]))
    assert page.context["line"].days_off == 5
    assert "5 days after its window" in page.content.decode()


def test_a_visit_is_missed_only_once_its_window_has_closed(cohort):
    client = signed_in(cohort.people["nurse"])
    due, overdue = visit_of(cohort, "I1D7"), visit_of(cohort, "I1D1")
    page = client.get(reverse("visit", args=[due.pk]))
    assert [reason.code for reason in page.context["missing"]] == ["VIS-OPEN"]
    assert "VIS-OPEN" in page.content.decode()
    refused = client.post(reverse("visit-missed", args=[due.pk]), {"reason": "did not come"})
    assert (refused.status_code, [r.code for r in refused.context["missed_reasons"]]) == (409, ["VIS-OPEN"])
    assert client.post(reverse("visit-missed", args=[overdue.pk]), {"reason": ""}).status_code == 200
    assert client.post(reverse("visit-missed", args=[overdue.pk]), {"reason": "did not come"}).status_code == 303
    overdue.refresh_from_db()
    assert (overdue.state, overdue.missed_reason) == ("MISSED", "did not come")


def test_a_visit_that_cannot_be_entered_says_why_beside_the_button(cohort):
    client = signed_in(cohort.people["coordinator"])
    page = client.get(reverse("visit", args=[visit_of(cohort, "I1D28").pk]))
    assert [reason.code for reason in page.context["completing"]] == ["VIS-EARLY"]
    assert "never early" in page.content.decode()


def test_who_may_not_enter_visits_sees_the_reason_and_is_refused(cohort):
    client = signed_in(cohort.people["auditor"])
    visit = visit_of(cohort, "I1D7")
    page = client.get(reverse("visit", args=[visit.pk]))
    assert "PER-ROLE" in page.content.decode()
    assert "<textarea" not in page.content.decode()
    assert client.post(reverse("visit", args=[visit.pk]), typed(cohort)).status_code == 403
    assert client.post(reverse("visit-missed", args=[visit.pk]), {"reason": "x"}).status_code == 403
    assert signed_in(cohort.people["admin"]).get(reverse("visit-list")).status_code == 403
    visit.refresh_from_db()
    assert visit.state == "PLANNED"


@pytest.mark.parametrize("done_at", ["", "yesterday", "2026-13-45T99:99", "0001-01-01T00:00"])
def test_a_time_that_is_none_is_an_error_of_the_form(cohort, done_at):
    client = signed_in(cohort.people["coordinator"])
    body = typed(cohort) | {"done_at": done_at}
    answer = client.post(reverse("visit", args=[visit_of(cohort, "I1D7").pk]), body)
    assert (answer.status_code, list(answer.context["form"].errors)) == (200, ["done_at"])


def test_odd_filters_are_no_error(cohort):
    client = signed_in(cohort.people["coordinator"])
    for query in ({"status": "NONSENSE"}, {"page": "minus"}, {"search": "%_'"}, {"code": "x" * 300}):
        assert client.get(reverse("visit-list"), query).status_code == 200
    assert client.get(reverse("visit", args=[10**9])).status_code == 404
