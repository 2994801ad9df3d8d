"""The list of subjects: found, narrowed, sorted, page by page, exported; and registration."""

import csv
import functools
import io
import operator
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from enrollment.models import Subject
from enrollment.selectors import subject_list
from tests.builders.scenario import TrialScenario
from trial.rules.site_time import at_site
from trial.services.regulated import regulated


def many(scenario: TrialScenario, count: int) -> None:
    """Rows for the list only, at once: what it shows of them is code, state, site and day."""
    model = scenario.consented()
    with regulated(by=scenario.people["coordinator"], act="tests.many"):
        Subject.objects.bulk_create(
            Subject(
                study=model.study,
                site=model.site,
                protocol_version=model.protocol_version,
                code=f"CMUH-9{number:05d}",
                registered_at=model.registered_at + timedelta(minutes=number % 7),
                registered_by=model.registered_by,
            )
            for number in range(count)
        )


def codes(response) -> list[str]:
    return [subject.code for subject in response.context["page"].rows]


def test_the_list_shows_code_state_slot_and_site(scenario: TrialScenario, browser_of):
    waiting, allocated = scenario.consented(), scenario.allocated()
    response = browser_of("coordinator").get(reverse("subject-list"))
    assert codes(response) == [waiting.code, allocated.code]
    page = response.content.decode()
    assert "Cohort 1, C1-1" in page
    assert reverse("subject", args=[allocated.code]) in page


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        ({"search": "cmuh-00"}, 2),
        ({"search": "CMUH-002"}, 1),
        ({"search": "nobody"}, 0),
        ({"search": "%"}, 0),
        ({"state": "ALLOCATED"}, 1),
        ({"state": "NO_SUCH_STATE"}, 2),
        ({"cohort": "1"}, 1),
        ({"cohort": "3"}, 0),
        ({"cohort": "x"}, 2),
        ({"search": "\x00"}, 2),
    ],
)
def test_it_can_be_narrowed_and_takes_no_offence_at_nonsense(scenario, narrowed, expected, browser_of):
    scenario.consented()
    scenario.allocated()
    response = browser_of("coordinator").get(reverse("subject-list"), narrowed)
    assert response.status_code == 200
    assert len(codes(response)) == expected


@pytest.mark.parametrize("sort", ["code", "-code", "state", "-state", "registered", "-registered"])
def test_pages_forth_and_back_show_every_subject_once(scenario, sort, monkeypatch, browser_of):
    monkeypatch.setattr(subject_list.page_of, "__kwdefaults__", {"size": 3})
    many(scenario, 7)
    client = browser_of("coordinator")
    forth, place = [], {}
    while True:
        response = client.get(reverse("subject-list"), {"sort": sort, **place})
        forth.append(codes(response))
        if not response.context["page"].after:
            break
        place = {"after": response.context["page"].after}
    assert [len(page) for page in forth] == [3, 3, 2]
    everybody = [subject.code for subject in Subject.objects.order_by(*subject_list.ordering(sort))]
    assert functools.reduce(operator.iadd, forth, []) == everybody
    back = client.get(reverse("subject-list"), {"sort": sort, "before": response.context["page"].before})
    assert codes(back) == forth[1]
    first = client.get(reverse("subject-list"), {"sort": sort, "before": back.context["page"].before})
    assert codes(first) == forth[0]
    assert not first.context["page"].before


def test_a_place_that_is_nobodys_is_the_beginning(scenario, browser_of):
    subject = scenario.consented()
    client = browser_of("coordinator")
    for place in ({"after": "CMUH-999"}, {"before": "\x00"}, {"after": ""}):
        assert codes(client.get(reverse("subject-list"), place)) == [subject.code]


def test_the_number_of_queries_does_not_grow_with_the_rows(scenario, django_assert_max_num_queries, browser_of):
    client = browser_of("coordinator")
    scenario.allocated()
    with django_assert_max_num_queries(17) as few:
        client.get(reverse("subject-list"))
    many(scenario, 120)
    with django_assert_max_num_queries(len(few)) as counted:
        client.get(reverse("subject-list"))
    listing = [each["sql"] for each in counted.captured_queries if 'FROM "enrollment_subject"' in each["sql"]]
    assert listing
    assert not [sql for sql in listing if "COUNT(" in sql or " OFFSET " in sql]


def test_the_export_has_every_row_of_what_is_narrowed_and_sorted(scenario, browser_of):
    many(scenario, 60)
    allocated = scenario.allocated()
    client = browser_of("coordinator")
    rows = exported(client, {"sort": "-code"})
    assert len(rows) == 62
    assert rows[0]["code"] > rows[-1]["code"]
    (row,) = exported(client, {"state": "ALLOCATED"})
    assert (row["code"], row["cohort"], row["slot"], row["subject_number"]) == (allocated.code, "1", "C1-1", "1")


def exported(client: Client, narrowed: dict[str, str]) -> list[dict[str, str]]:
    response = client.get(reverse("subject-export"), narrowed)
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith('attachment; filename="subjects-')
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_administrator_reads_no_subjects(scenario, browser_of):
    client = browser_of("admin")
    assert client.get(reverse("subject-list")).status_code == 403
    assert client.get(reverse("subject-export")).status_code == 403


def test_whoever_is_not_signed_in_is_asked_to(scenario):
    response = Client().get(reverse("subject-list"))
    assert response.status_code == 302
    assert reverse("login") in response["Location"]


# ------------------------------------------------------------------------------------------------------- registration


def registration(scenario: TrialScenario, **changes: str) -> dict[str, str]:
    return {
        "version": str(scenario.consent_version.pk),
        "status": "SIGNED",
        "given_at": at_site(scenario.at, timezone=scenario.timezone).strftime("%Y-%m-%dT%H:%M"),
        "explained_by": str(scenario.people["investigator"].pk),
        "copy_given": "yes",
        "before_procedures": "yes",
    } | changes


def test_a_participant_is_registered_with_the_consent(scenario, browser_of):
    client = browser_of("coordinator")
    response = client.post(reverse("subject-register"), registration(scenario))
    subject = Subject.objects.get()
    assert response.status_code == 302
    assert response["Location"] == reverse("screening", args=[subject.code])
    consent = subject.consents.get()
    assert (consent.status, consent.explained_by, consent.copy_given) == (
        "SIGNED",
        scenario.people["investigator"],
        True,
    )
    assert abs(consent.given_at - scenario.at) < timedelta(minutes=2)


def test_a_refusal_is_registered_as_a_screening_failure(scenario, browser_of):
    client = browser_of("coordinator")
    client.post(reverse("subject-register"), registration(scenario, status="REFUSED", copy_given="no"))
    assert Subject.objects.get().state == "SCREEN_FAILED"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"given_at": "2199-01-01T10:00"}, "CON-FUTURE"),
        ({"given_at": "2001-01-01T10:00"}, "CON-VERSION"),
        ({"copy_given": "no"}, "CON-COPY"),
    ],
)
def test_a_refused_registration_says_why_and_keeps_what_was_typed(scenario, change, code, browser_of):
    entry = registration(scenario, **change)
    response = browser_of("coordinator").post(reverse("subject-register"), entry)
    assert response.status_code == 409
    assert code in response.content.decode()
    assert response.context["form"]["given_at"].value() == entry["given_at"]
    assert not Subject.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"given_at": "yesterday"},
        {"given_at": "0001-01-01T00:00"},
        {"given_at": ""},
        {"version": "999999"},
        {"explained_by": "x"},
        {"status": ""},
        {"copy_given": ""},
    ],
)
def test_a_form_that_cannot_be_read_is_shown_again(scenario, change, browser_of):
    response = browser_of("coordinator").post(reverse("subject-register"), registration(scenario, **change))
    assert response.status_code == 200
    assert response.context["form"].errors
    assert not Subject.objects.exists()


def test_only_people_to_whom_it_is_delegated_are_offered_as_explainers(scenario, browser_of):
    form = browser_of("coordinator").get(reverse("subject-register")).context["form"]
    offered = {label for value, label in form.fields["explained_by"].choices if value}
    assert scenario.people["investigator"].printed_name in offered
    assert scenario.people["nurse"].printed_name not in offered
    assert scenario.people["admin"].printed_name not in offered


@pytest.mark.parametrize("username", ["nurse", "monitor", "admin", "pharmacist", "auditor"])
def test_nobody_else_registers(scenario, username, browser_of):
    client = browser_of(username)
    assert client.get(reverse("subject-register")).status_code == 403
    assert client.post(reverse("subject-register"), registration(scenario)).status_code == 403
    assert not Subject.objects.exists()
