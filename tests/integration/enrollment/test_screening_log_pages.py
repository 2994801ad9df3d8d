"""The screening and enrolment log: every attempt once, narrowed, page by page, as a file and for programs."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse

from config.demonstration import bedside
from config.demonstration.participants import missing_creatinine, raised_liver_enzymes
from enrollment.models import Screening, Subject
from enrollment.rules.screening_log import AttemptOutcome
from enrollment.rules.states import NotContinued, WithdrawalScope
from enrollment.selectors import screening_log
from enrollment.selectors.eligibility import current_screening
from enrollment.services import attempts, closing, screenings, subjects
from tests.builders.scenario import TrialScenario
from trial.rules.site_time import site_date
from trial.services.regulated import regulated

LOG = reverse("screening-log")
QUERIES = 8


@pytest.fixture
def today(scenario):
    return site_date(scenario.at, timezone=scenario.timezone)


@pytest.fixture
def told(scenario: TrialScenario, today) -> dict[str, Subject]:
    """One subject of every outcome, and one who failed and is screened again."""
    by = scenario.people["coordinator"]
    told = {
        "ENROLLED": scenario.allocated(),
        "ELIGIBLE": scenario.eligible(),
        "SCREENING": scenario.consented(),
        "WITHDRAWN": scenario.consented(),
        "NOT_CONTINUED": scenario.screened(missing_creatinine(today)),
        "SCREEN_FAILED": scenario.screened(raised_liver_enzymes(today) | {"hiv": "confirmed"}),
        "NOT_CONSENTED": bedside.register(
            scenario.study, scenario.people, version=scenario.consent_version, at=scenario.at, refused=True
        ),
    }
    subjects.withdraw(subject=told["WITHDRAWN"], scope=WithdrawalScope.ALL, reason="Own wish", by=by, at=scenario.at)
    closing.discontinue(
        screening=current_screening(told["NOT_CONTINUED"]),
        because=NotContinued.OTHER,
        note="=HYPERLINK(1)",
        by=by,
        at=scenario.at,
    )
    screenings.fail(screening=current_screening(told["SCREEN_FAILED"]), by=by, at=scenario.at)
    told["SCREEN_FAILED"].refresh_from_db()
    attempts.rescreen(subject=told["SCREEN_FAILED"], reason="A new test", by=by, at=scenario.at)
    return told


def many(scenario: TrialScenario, count: int, *, failing: tuple[str, ...] = ()) -> None:
    """Attempts for the log only, at once."""
    model = scenario.consented()
    first = Screening.objects.order_by("-number")[0].number + 1
    with regulated(by=scenario.people["coordinator"], act="tests.many"):
        people = Subject.objects.bulk_create(
            Subject(
                study=model.study,
                site=model.site,
                protocol_version=model.protocol_version,
                code=f"CMUH-9{number:05d}",
                registered_at=model.registered_at,
                registered_by=model.registered_by,
            )
            for number in range(count)
        )
        Screening.objects.bulk_create(
            Screening(
                study=model.study,
                number=first + index,
                subject=subject,
                started_at=model.registered_at + timedelta(minutes=index % 7),
                failed_at=model.registered_at if failing else None,
                failure_codes=list(failing),
            )
            for index, subject in enumerate(people)
        )


def numbers(response) -> list[int]:
    return [screening.number for screening in response.context["page"].rows]


def test_every_attempt_stands_in_the_log_with_what_became_of_it(scenario, browser_of, told):
    response = browser_of("monitor").get(LOG)
    assert len(numbers(response)) == len(told) + 1
    page = response.content.decode()
    assert "X4 Liver or kidney; X5 Immune deficiency or notifiable infection" in page
    assert "X1 Unwilling to consent" in page
    assert "Cohort 1, C1-1" in page
    assert "attempt 2" in page
    assert "Screened again: A new test" in page
    assert "Another reason: =HYPERLINK(1)" in page
    assert "refused" in page
    for outcome in ("Enrolled", "Eligible", "Withdrawn", "Not continued", "Screen failed", "Not consented"):
        assert outcome in page


@pytest.mark.parametrize("outcome", [each for each in AttemptOutcome if each is not AttemptOutcome.DIED])
def test_it_is_narrowed_to_one_outcome_as_the_lines_say_it(scenario, browser_of, told, outcome):
    response = browser_of("coordinator").get(LOG, {"outcome": outcome.value})
    lines = list(screening_log.log_lines(response.context["page"].rows))
    assert {line.outcome for line in lines} == {outcome}
    found = {line.subject.code for line in lines}
    assert told[outcome].code in found
    expected = {told["SCREENING"].code, told["SCREEN_FAILED"].code} if outcome == "SCREENING" else {told[outcome].code}
    assert found == expected


@pytest.mark.parametrize(
    ("narrowed", "count"),
    [
        ({"site": "NOWHERE"}, 2),
        ({"outcome": "NO_SUCH"}, 2),
        ({"month": "2001-01"}, 0),
        ({"month": "2001-13"}, 2),
        ({"month": "soon"}, 2),
        ({"after": "x"}, 2),
        ({"after": "٣"}, 2),
        ({"before": "9" * 40}, 2),
        ({"after": "\x00"}, 2),
    ],
)
def test_it_takes_no_offence_at_nonsense(scenario, browser_of, narrowed, count):
    scenario.consented()
    scenario.consented()
    client = browser_of("coordinator")
    response = client.get(LOG, narrowed)
    assert response.status_code == 200
    assert len(numbers(response)) == count


def test_a_month_is_that_of_the_site(scenario, browser_of):
    scenario.consented()
    begun = site_date(scenario.at, timezone=scenario.timezone)
    client = browser_of("coordinator")
    this, before = f"{begun:%Y-%m}", f"{begun.replace(day=1) - timedelta(days=1):%Y-%m}"
    assert len(numbers(client.get(LOG, {"month": this}))) == 1
    assert numbers(client.get(LOG, {"month": before})) == []
    assert f"Begun in: {this}" in client.get(LOG, {"month": this}).content.decode()
    assert client.get(LOG, {"month": "soon"}).context["form"].errors


def test_pages_forth_and_back_show_every_attempt_once(scenario, browser_of, monkeypatch):
    monkeypatch.setattr(screening_log.log_page, "__kwdefaults__", {"size": 3})
    many(scenario, 7)
    client = browser_of("coordinator")
    forth, place = [], {}
    while True:
        response = client.get(LOG, place)
        forth.append(numbers(response))
        if not response.context["page"].after:
            break
        place = {"after": response.context["page"].after}
    assert [len(page) for page in forth] == [3, 3, 2]
    everything = list(Screening.objects.order_by("-started_at", "-id").values_list("number", flat=True))
    assert [number for page in forth for number in page] == everything
    back = client.get(LOG, {"before": response.context["page"].before})
    assert numbers(back) == forth[1]
    assert numbers(client.get(LOG, {"before": back.context["page"].before})) == forth[0]


def test_the_number_of_queries_does_not_grow_with_the_rows(scenario, browser_of, told, django_assert_max_num_queries):
    client = browser_of("coordinator")
    client.get(LOG)
    with django_assert_max_num_queries(QUERIES):
        client.get(LOG)
    many(scenario, 120, failing=("X4",))
    with django_assert_max_num_queries(QUERIES) as counted:
        client.get(LOG)
    listing = [each["sql"] for each in counted.captured_queries if 'FROM "enrollment_screening"' in each["sql"]]
    assert listing
    assert not [sql for sql in listing if "COUNT(" in sql or " OFFSET " in sql]


def test_the_file_has_every_line_of_what_is_narrowed(scenario, browser_of, told):
    client = browser_of("coordinator")
    rows = exported(client)
    assert len(rows) == len(told) + 1
    (failed,) = exported(client, outcome="SCREEN_FAILED")
    assert (failed["first_failing"], failed["all_failing"]) == ("X4", "X4 X5")
    assert failed["first_failing_words"] == "X4 Liver or kidney"
    assert failed["closed_by"] == scenario.people["coordinator"].printed_name
    (enrolled,) = exported(client, outcome="ENROLLED")
    assert (enrolled["slot"], enrolled["subject_number"], enrolled["consent"]) == ("C1-1", "1", "SIGNED")
    assert enrolled["eligible_by"] == scenario.people["investigator"].printed_name
    (ended,) = exported(client, outcome="NOT_CONTINUED")
    assert (ended["not_continued"], ended["note"]) == ("OTHER", "'=HYPERLINK(1)")


def exported(client, **narrowed: str) -> list[dict[str, str]]:
    response = client.get(reverse("screening-log-export"), narrowed)
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith('attachment; filename="screening-log-')
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))


def test_the_number_of_queries_of_the_file_does_not_grow(scenario, browser_of, django_assert_max_num_queries):
    many(scenario, 60, failing=("X4",))
    client = browser_of("coordinator")
    with django_assert_max_num_queries(QUERIES):
        assert len(exported(client)) == 61


def test_programs_read_the_same_log(scenario, program_of, told):
    answer = program_of("coordinator").get(reverse("api-screening-log")).json()
    assert answer["count"] == len(told) + 1
    (failed,) = program_of("monitor").get(reverse("api-screening-log"), {"outcome": "SCREEN_FAILED"}).json()["results"]
    assert failed["subject"] == told["SCREEN_FAILED"].code
    assert (failed["attempt"], failed["first_failing"], failed["failing"]) == (1, "X4", ["X4", "X5"])
    assert (failed["slot"], failed["closed_by"]) == (None, "coordinator")
    (enrolled,) = program_of("monitor").get(reverse("api-screening-log"), {"outcome": "ENROLLED"}).json()["results"]
    assert (enrolled["slot"], enrolled["subject_number"], enrolled["failing"]) == ("C1-1", 1, [])
    assert program_of("monitor").get(reverse("api-screening-log"), {"outcome": "NO_SUCH"}).status_code == 400
    assert program_of("monitor").get(reverse("api-screening-log"), {"month": "soon"}).status_code == 400
    assert program_of("admin").get(reverse("api-screening-log")).status_code == 403


def test_the_administrator_reads_no_log_and_everybody_else_finds_it(scenario, browser_of):
    assert browser_of("admin").get(LOG).status_code == 403
    assert browser_of("admin").get(reverse("screening-log-export")).status_code == 403
    assert f'href="{LOG}"' in browser_of("sponsor").get(reverse("board")).content.decode()
