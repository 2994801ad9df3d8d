"""Drafts: kept for one person, one form, one window; refused where they do not belong; never part of the trial."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config import tasks
from enrollment.models import Subject
from tests.builders.scenario import TrialScenario
from trial.documents.drafts import LARGEST_BYTES
from trial.errors import RuleViolation, StaleRecord
from trial.models import AuditEvent, FormDraft, User
from trial.selectors.drafts import draft_of, drafts_of
from trial.services import drafts
from trial.services.drafts import KEPT_FOR, MOST_DRAFTS, Typed

pytestmark = pytest.mark.django_db
Browser = Callable[[str], Client]
WINDOW, OTHER_WINDOW = "window-one", "window-two"


def typed(text: str = "61", *, window: str = WINDOW) -> Typed:
    return Typed(window=window, title="A form", seen="", fields={"weight_kg": [text]})


class Form:
    """The script of one window, as far as the server sees it."""

    def __init__(self, client: Client, *, person: str, place: str, window: str = WINDOW) -> None:
        self.client, self.person, self.place, self.window = client, person, place, window

    def ask(self, method: str, *, body: Any = None, **asked: str) -> Any:
        asked = {"place": self.place, "person": self.person, "study": "NCT06574581"} | asked
        text = body if isinstance(body, (str, bytes)) else json.dumps(body)
        address = f"{reverse('draft')}?{urlencode(asked)}"
        return self.client.generic(method, address, text, content_type="application/json")

    def keep(self, text: str = "61", *, over: str = "", **asked: str) -> Any:
        fields = {"weight_kg": [text], "ctd_none": []}
        body = {"window": self.window, "title": "Screening", "seen": "a" * 64, "over": over, "fields": fields}
        return self.ask("PUT", body=body, **asked)

    def shown(self) -> Any:
        return self.ask("GET").json()["draft"]


@pytest.fixture
def subject(scenario: TrialScenario) -> Subject:
    return scenario.consented()


@pytest.fixture
def place(subject: Subject) -> str:
    return reverse("screening", args=[subject.code])


@pytest.fixture
def form(browser_of: Browser, place: str) -> Form:
    return Form(browser_of("coordinator"), person="coordinator", place=place)


# -------------------------------------------------------------------------------------------------------- the service


def keep(scenario: TrialScenario, what: Typed, *, place: str = "/a/", over: str = "") -> FormDraft:
    return drafts.keep(
        place=place, typed=what, over=over, by=scenario.people["nurse"], study=scenario.study, at=scenario.at
    )


def test_a_draft_is_replaced_by_its_own_window_and_by_whoever_saw_it(scenario: TrialScenario) -> None:
    first = keep(scenario, typed("1"))
    scenario.wait(minutes=1)
    second = keep(scenario, typed("2"))
    assert first.pk == second.pk
    with pytest.raises(StaleRecord):
        keep(scenario, typed("3", window=OTHER_WINDOW))
    with pytest.raises(StaleRecord):
        keep(scenario, typed("3", window=OTHER_WINDOW), over=first.version)
    assert FormDraft.objects.get().content["fields"] == {"weight_kg": ["2"]}
    keep(scenario, typed("3", window=OTHER_WINDOW), over=second.version)
    assert FormDraft.objects.get().content["fields"] == {"weight_kg": ["3"]}


def test_saving_settles_the_draft_of_its_window_alone(scenario: TrialScenario) -> None:
    keep(scenario, typed())
    held = {"place": "/a/", "by": scenario.people["nurse"], "study": scenario.study}
    drafts.settle(window=OTHER_WINDOW, **held)
    assert FormDraft.objects.count() == 1
    drafts.settle(window=WINDOW, **held | {"by": scenario.people["coordinator"]})
    assert FormDraft.objects.count() == 1
    drafts.settle(window=WINDOW, **held)
    assert not FormDraft.objects.exists()


def test_only_what_was_seen_is_discarded(scenario: TrialScenario) -> None:
    seen = keep(scenario, typed("1")).version
    scenario.wait(minutes=1)
    latest = keep(scenario, typed("2")).version
    held = {"place": "/a/", "by": scenario.people["nurse"], "study": scenario.study}
    with pytest.raises(StaleRecord):
        drafts.discard(version=seen, **held)
    drafts.discard(version=latest, **held)
    drafts.discard(version=latest, **held)
    assert not FormDraft.objects.exists()


def test_drafts_of_one_person_are_bounded(scenario: TrialScenario) -> None:
    for number in range(MOST_DRAFTS):
        keep(scenario, typed(), place=f"/{number}/")
    with pytest.raises(RuleViolation) as refusal:
        keep(scenario, typed(), place="/one-more/")
    assert [reason.code for reason in refusal.value.reasons] == ["DRF-MANY"]
    keep(scenario, typed("2"), place="/0/")
    other = scenario.people["coordinator"]
    drafts.keep(place="/0/", typed=typed(), over="", by=other, study=scenario.study, at=scenario.at)
    assert drafts_of(scenario.people["nurse"], study=scenario.study).count() == MOST_DRAFTS


@pytest.mark.parametrize(
    ("after", "left"), [(KEPT_FOR, 1), (KEPT_FOR + timedelta(microseconds=1), 0)], ids=["30 days", "past 30 days"]
)
def test_old_drafts_are_dropped(scenario: TrialScenario, after: timedelta, left: int) -> None:
    saved = keep(scenario, typed()).saved_at
    assert drafts.clean(at=saved + after) == 1 - left
    assert FormDraft.objects.count() == left


def test_the_sweep_drops_old_drafts(scenario: TrialScenario) -> None:
    keep(scenario, typed())
    tasks.run()
    assert FormDraft.objects.count() == 1
    scenario.wait(days=31)
    tasks.run()
    assert not FormDraft.objects.exists()


def test_a_draft_leaves_no_trace_in_the_history(scenario: TrialScenario) -> None:
    before = AuditEvent.objects.count()
    keep(scenario, typed())
    drafts.settle(place="/a/", window=WINDOW, by=scenario.people["nurse"], study=scenario.study)
    assert AuditEvent.objects.count() == before


# --------------------------------------------------------------------------------------------------------- the address


def test_what_was_typed_is_kept_and_read_again(form: Form, scenario: TrialScenario) -> None:
    kept = form.keep()
    assert kept.status_code == 200
    shown = form.shown()
    assert shown["fields"] == {"weight_kg": ["61"], "ctd_none": []}
    assert (shown["seen"], shown["window"], shown["version"]) == ("a" * 64, WINDOW, kept.json()["version"])
    assert shown["time"] in shown["at"]
    assert form.ask("GET")["Cache-Control"].find("no-store") >= 0


def test_nobody_else_sees_it(form: Form, browser_of: Browser, place: str, scenario: TrialScenario) -> None:
    form.keep()
    other = Form(browser_of("investigator"), person="investigator", place=place)
    assert other.shown() is None
    page = other.client.get(reverse("drafts")).content.decode()
    assert place not in page
    draft = FormDraft.objects.get()
    discarded = other.client.post(reverse("drafts"), {"pk": draft.pk, "version": draft.version})
    assert discarded.status_code == 404
    other.ask("DELETE", version=draft.version)
    assert FormDraft.objects.count() == 1


def test_who_may_not_send_the_form_keeps_no_draft_of_it(browser_of: Browser, place: str) -> None:
    sponsor = Form(browser_of("sponsor"), person="sponsor", place=place)
    answer = sponsor.keep()
    assert (answer.status_code, answer.json()["code"]) == (403, "PER-ROLE")
    assert sponsor.ask("GET").status_code == 403
    assert not FormDraft.objects.exists()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/",
        "/no/such/page/",
        "https://example.org/subjects/CMUH-001/screening/",
        "//example.org/",
        "/subjects/",
        "/sign-in/",
        "/account/password/",
        "/account/drafts/one/",
        "/subjects/NONE-999/screening/",
        "/subjects/CMUH-001/screening/\0",
        "/subjects/CMUH-001/screening/sign/",
        "/visits/999999/",
        "/visits/999999999999999999999999/",
        "/" + "a" * 300,
    ],
)
def test_a_place_that_is_no_form_of_ours_is_refused(form: Form, address: str) -> None:
    for method in ("GET", "PUT"):
        answer = form.keep(place=address) if method == "PUT" else form.ask(method, place=address)
        assert (answer.status_code, answer.json()["code"]) == (404, "DRF-PLACE")
    assert not FormDraft.objects.exists()


@pytest.mark.parametrize(("size", "status"), [(LARGEST_BYTES, 200), (LARGEST_BYTES + 1, 413)])
def test_a_draft_has_a_largest_size(form: Form, size: int, status: int) -> None:
    empty = json.dumps({"window": WINDOW, "fields": {"narrative": [""]}})
    body = empty.replace('""', f'"{"x" * (size - len(empty))}"')
    assert len(body) == size
    assert form.ask("PUT", body=body).status_code == status
    assert FormDraft.objects.count() == (status == 200)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not JSON",
        "[]",
        "[" * 5000,
        b"\xff",
        {"fields": {}},
        {"window": WINDOW},
        {"window": "short", "fields": {}},
        {"window": "no spaces here", "fields": {}},
        {"window": WINDOW, "fields": {"a": "b"}},
        {"window": WINDOW, "fields": {"a": [1]}},
        {"window": WINDOW, "fields": {"a": [None]}},
        {"window": WINDOW, "fields": {"": ["b"]}},
        {"window": WINDOW, "fields": {"a": ["\0"]}},
        {"window": WINDOW, "fields": {"\0": ["b"]}},
        {"window": WINDOW, "fields": {"a": ["\ud800"]}},
        {"window": WINDOW, "fields": {"\ud800": ["b"]}},
        {"window": WINDOW, "fields": {}, "title": "x" * 201},
        {"window": WINDOW, "fields": {}, "seen": "x" * 65},
        {"window": WINDOW, "fields": {}, "more": ""},
        '{"window": "window-one", "window": "window-one", "fields": {}}',
    ],
)
def test_what_is_no_draft_is_refused(form: Form, body: Any) -> None:
    answer = form.ask("PUT", body=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "DRF-SHAPE")
    assert not FormDraft.objects.exists()


@pytest.mark.parametrize("asked", [{"person": "nurse"}, {"study": "NCT00000000"}, {"person": ""}])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_nothing_goes_from_one_person_to_another(form: Form, method: str, asked: dict[str, str]) -> None:
    form.keep()
    answer = form.keep("70", **asked) if method == "PUT" else form.ask(method, **asked)
    assert (answer.status_code, answer.json()["code"]) == (409, "DRF-ELSEWHERE")
    assert form.shown()["fields"]["weight_kg"] == ["61"]


def test_another_window_is_told(form: Form, place: str) -> None:
    form.keep("61")
    other = Form(form.client, person="coordinator", place=place, window=OTHER_WINDOW)
    refused = other.keep("70")
    assert (refused.status_code, refused.json()["code"]) == (409, "stale")
    shown = other.shown()
    assert shown["fields"]["weight_kg"] == ["61"]
    assert other.keep("70", over=shown["version"]).status_code == 200
    assert form.keep("62").status_code == 409


def test_without_a_session_the_way_leads_to_signing_in(place: str) -> None:
    answer = Form(Client(), person="coordinator", place=place).keep()
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("login"))


def test_without_the_token_nothing_is_kept(scenario: TrialScenario, place: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(scenario.people["coordinator"], backend="django.contrib.auth.backends.ModelBackend")
    assert Form(client, person="coordinator", place=place).keep().status_code == 403
    assert not FormDraft.objects.exists()


def test_keeping_asks_a_fixed_number_of_queries(
    form: Form, scenario: TrialScenario, django_assert_max_num_queries: Any
) -> None:
    form.keep()
    with django_assert_max_num_queries(12):
        form.keep("62")
    with django_assert_max_num_queries(8):
        form.shown()


# ---------------------------------------------------------------------------------------------- the list and the forms


def test_the_list_and_my_work_show_what_waits_to_be_saved(
    form: Form, place: str, scenario: TrialScenario, django_assert_num_queries: Any
) -> None:
    assert "Nothing waits to be saved" in form.client.get(reverse("drafts")).content.decode()
    assert "Unsaved entries</h2>" not in form.client.get(reverse("work")).content.decode().replace("\n", "")
    form.keep()
    for name in ("drafts", "work"):
        page = form.client.get(reverse(name)).content.decode()
        assert f'href="{place}"' in page
        assert "Screening" in page
    draft = FormDraft.objects.get()
    form.client.post(reverse("drafts"), {"pk": draft.pk, "version": "another"})
    assert FormDraft.objects.count() == 1
    form.client.post(reverse("drafts"), {"pk": draft.pk, "version": draft.version})
    assert not FormDraft.objects.exists()
    for pk in ("", "x", "9" * 40):
        assert form.client.post(reverse("drafts"), {"pk": pk}).status_code == 404


def test_more_drafts_cost_no_more_queries(browser_of: Browser, scenario: TrialScenario) -> None:
    client, counts = browser_of("nurse"), []
    for number in range(3):
        keep(scenario, typed(), place=f"/{number}/")
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("drafts"))
        counts.append(len(asked))
    assert len(set(counts)) == 1
    assert counts[0] <= 7


def test_saving_the_form_settles_its_draft_and_an_error_does_not(form: Form, subject: Subject, place: str) -> None:
    form.keep()
    wrong = form.client.post(place, {"draft_window": WINDOW, "seen_sha256": "", "birth_date": "soon"})
    assert wrong.status_code == 200
    assert f'data-window="{WINDOW}"' in wrong.content.decode()
    assert FormDraft.objects.count() == 1
    seen = subject.screenings.get().facts_sha256
    saved = form.client.post(place, {"draft_window": "\0", "seen_sha256": seen, "birth_date": "1961"})
    assert saved.status_code == 302
    assert FormDraft.objects.count() == 1
    seen = subject.screenings.get().facts_sha256
    entered = {"seen_sha256": seen, "birth_date": "1961", "sex": "F"}
    assert form.client.post(place, entered | {"draft_window": WINDOW}).status_code == 302
    assert not FormDraft.objects.exists()


@pytest.mark.parametrize("username", ["coordinator", "sponsor"])
def test_only_who_may_send_a_form_is_offered_drafts(browser_of: Browser, place: str, username: str) -> None:
    page = browser_of(username).get(place).content.decode()
    assert ("data-draft-head" in page) is (username == "coordinator")


def test_the_person_is_the_one_who_typed(scenario: TrialScenario) -> None:
    keep(scenario, typed())
    owner = scenario.people["nurse"]
    for user in User.objects.all():
        found = draft_of(user, study=scenario.study, place="/a/")
        assert (found is not None) is (user == owner)
