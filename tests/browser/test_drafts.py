"""What was typed and not saved outlives session, connection and tab, and comes back when it is asked for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.sessions.models import Session
from playwright.sync_api import Browser, BrowserContext, Page, expect

from config.demonstration.participants import missing_creatinine
from enrollment.models import Subject
from enrollment.selectors.eligibility import current_screening
from enrollment.services import screenings
from followup.models import Visit
from tests.builders.scenario import TrialScenario
from trial.models import FormDraft
from trial.rules.site_time import site_date

PASSWORD = "a password for tests"
PATIENCE_SECONDS = 15
KEPT = "Draft kept"
OFFER = "You typed this on"


@pytest.fixture
def scenario(site_url: str) -> TrialScenario:
    return TrialScenario(password=PASSWORD)


@pytest.fixture
def subject(scenario: TrialScenario) -> Subject:
    return scenario.screened(missing_creatinine(site_date(scenario.at, timezone=scenario.timezone)))


@pytest.fixture
def context(browser: Browser, site_url: str, scenario: TrialScenario) -> Iterator[BrowserContext]:
    """The coordinator's browser, signed in. Whatever the content security policy refuses fails the test."""
    context = browser.new_context(base_url=site_url, viewport={"width": 1440, "height": 900}, locale="en-GB")
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    refused: list[str] = []
    context.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
    page = context.new_page()
    sign_in(page)
    page.close()
    yield context
    context.close()
    assert refused == []


def sign_in(page: Page, *, username: str = "coordinator") -> None:
    page.goto("/sign-in/")
    page.get_by_label("User").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Study board")


def opened(context: BrowserContext, path: str) -> Page:
    page = context.new_page()
    page.goto(path)
    return page


def screening_of(subject: Subject) -> str:
    return f"/subjects/{subject.code}/screening/"


def creatinine(page: Page) -> Any:
    return page.get_by_label("Creatinine", exact=True)


def state(page: Page) -> Any:
    return page.locator("[data-draft-state]")


def offer(page: Page) -> Any:
    return page.get_by_role("region", name="What you typed before")


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def assert_accessible(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_nothing_is_lost_when_the_session_ends(context: BrowserContext, subject: Subject) -> None:
    # Given a coordinator who types, and whose draft is kept.
    page = opened(context, screening_of(subject))
    creatinine(page).fill("0.9")
    expect(state(page)).to_contain_text(KEPT)

    # When the session ends and they type on.
    Session.objects.all().delete()
    page.get_by_label("GOT (AST)").fill("33")
    notice = page.get_by_role("alert").filter(has_text="You have been signed out")
    notice.wait_for()

    # Then the page keeps what was typed, the focus stays, and no sign-in page takes the verdict's place.
    expect(page.get_by_label("GOT (AST)")).to_be_focused()
    expect(page.locator("#verdict .verdict__overall")).to_have_count(1)
    for width in (1440, 820):
        page.set_viewport_size({"width": width, "height": 900})
        assert_accessible(page)

    # And saving sends nothing into the void.
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Password of coordinator")).to_be_focused()
    assert "creatinine" not in current_screening(subject).facts

    # When they sign in on the spot, first with a slip.
    page.get_by_label("Password of coordinator").fill("a slip")
    page.keyboard.press("Enter")
    notice.get_by_text("This password is not right.").wait_for()
    page.get_by_label("Password of coordinator").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(notice).to_be_hidden()

    # Then everything is there, is kept, and is saved.
    expect(state(page)).to_contain_text(KEPT)
    expect(creatinine(page)).to_have_value("0.9")
    fields = FormDraft.objects.get().content["fields"]
    assert fields["got_u_l"] == ["33"]
    assert not fields.keys() & {"password", "csrfmiddlewaretoken", "seen_sha256", "draft_window"}
    page.get_by_label("Reason for the change").fill("Typing error")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("are saved").wait_for()
    facts = current_screening(subject).facts
    assert (facts["creatinine"]["value"], facts["got_u_l"]) == ("0.9", "33")
    assert not FormDraft.objects.exists()


def test_the_form_opened_again_offers_what_was_typed(context: BrowserContext, subject: Subject) -> None:
    page = opened(context, screening_of(subject))
    page.get_by_label("Diagnosis").nth(1).select_option("SSc")
    creatinine(page).fill("1.5")
    page.get_by_label("Unit of creatinine").select_option("mg/dL")
    page.get_by_label("Creatinine on").fill(current_screening(subject).facts["hiv_on"])
    page.goto("/work/")  # before the form has rested long enough
    wait_until(FormDraft.objects.exists)
    page.close()
    Session.objects.all().delete()

    page = context.new_page()
    sign_in(page)
    page.goto("/work/")
    page.get_by_role("link", name=f"Go on: {subject.code}: Screening").click()
    expect(offer(page)).to_contain_text(OFFER)
    expect(creatinine(page)).to_have_value("")
    for width in (1440, 820):
        page.set_viewport_size({"width": width, "height": 900})
        assert_accessible(page)

    page.get_by_role("button", name="Use it").click()
    expect(offer(page)).to_be_hidden()
    expect(creatinine(page)).to_have_value("1.5")
    expect(page.get_by_label("Diagnosis").nth(1)).to_have_value("SSc")
    page.locator("#verdict").get_by_text("Creatinine 1.5 mg/dL; more than 1.4 mg/dL excludes.").wait_for()

    page.reload()
    page.get_by_role("button", name="Discard it").click()
    expect(offer(page)).to_be_hidden()
    expect(creatinine(page)).to_have_value("")
    assert not FormDraft.objects.exists()
    page.reload()
    expect(page.locator("#verdict .verdict__overall")).to_have_count(1)
    expect(offer(page)).to_be_hidden()


def test_rows_that_were_added_come_back(context: BrowserContext, subject: Subject) -> None:
    page = opened(context, screening_of(subject))
    shown = page.locator("[id^=id_treatments__][id$=__drug]").count()
    for row in range(shown, shown + 3):
        page.get_by_role("button", name="Add a treatment").click()
        page.locator(f"#id_treatments__{row}__drug").fill(f"Drug {row}")
    expect(state(page)).to_contain_text(KEPT)

    page.reload()
    expect(page.locator(f"#id_treatments__{shown}__drug")).to_have_count(0)
    page.get_by_role("button", name="Use it").click()
    for row in range(shown, shown + 3):
        expect(page.locator(f"#id_treatments__{row}__drug")).to_have_value(f"Drug {row}")
    expect(page.get_by_role("region", name="What has no place any more")).to_be_hidden()


def test_a_record_that_changed_meanwhile_is_compared_on_saving(
    context: BrowserContext, subject: Subject, scenario: TrialScenario
) -> None:
    page = opened(context, screening_of(subject))
    creatinine(page).fill("0.9")
    expect(state(page)).to_contain_text(KEPT)
    page.close()
    shown = current_screening(subject)
    screenings.save_facts(
        screening=shown,
        facts=shown.facts | {"got_u_l": "44"},
        seen_sha256=shown.facts_sha256,
        reason="Read again.",
        by=scenario.people["investigator"],
        at=scenario.at,
    )

    page = opened(context, screening_of(subject))
    expect(offer(page)).to_contain_text("The record was saved again since then")
    page.get_by_role("button", name="Use it").click()
    expect(creatinine(page)).to_have_value("0.9")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="saved these facts while you were typing").wait_for()
    expect(page.get_by_label("GOT (AST)")).to_have_value("44")
    expect(creatinine(page)).to_have_value("0.9")
    expect(offer(page)).to_be_hidden()


def test_what_is_typed_without_a_connection_is_kept_when_it_returns(context: BrowserContext, subject: Subject) -> None:
    page = opened(context, screening_of(subject))
    expect(offer(page)).to_be_hidden()
    context.set_offline(True)
    creatinine(page).fill("0.9")
    expect(state(page)).to_contain_text("Not connected: what you typed stays here")
    page.get_by_role("button", name="Save").click()
    expect(state(page)).to_contain_text("Not saved: there is no connection")
    assert not FormDraft.objects.exists()
    assert_accessible(page)

    context.set_offline(False)
    expect(state(page)).to_contain_text(KEPT)
    assert FormDraft.objects.get().content["fields"]["creatinine__value"] == ["0.9"]


def test_of_two_tabs_neither_loses_what_was_typed(context: BrowserContext, subject: Subject) -> None:
    first, second = opened(context, screening_of(subject)), opened(context, screening_of(subject))
    expect(offer(second)).to_be_hidden()
    creatinine(first).fill("0.9")
    expect(state(first)).to_contain_text(KEPT)

    creatinine(second).fill("1.1")
    expect(offer(second)).to_contain_text(OFFER)
    second.get_by_label("GOT (AST)").fill("33")
    expect(state(second)).to_contain_text("first use or discard")
    assert FormDraft.objects.get().content["fields"]["creatinine__value"] == ["0.9"]

    second.get_by_role("button", name="Discard it").click()
    expect(state(second)).to_contain_text(KEPT)
    assert FormDraft.objects.get().content["fields"]["creatinine__value"] == ["1.1"]
    creatinine(first).fill("0.95")
    expect(offer(first)).to_contain_text(OFFER)
    first.get_by_role("button", name="Use it").click()
    expect(creatinine(first)).to_have_value("1.1")
    expect(first.get_by_label("GOT (AST)")).to_have_value("33")


def test_somebody_else_at_the_same_browser_neither_sees_nor_saves_it(context: BrowserContext, subject: Subject) -> None:
    page = opened(context, screening_of(subject))
    creatinine(page).fill("0.9")
    expect(state(page)).to_contain_text(KEPT)
    other = context.new_page()
    Session.objects.all().delete()
    sign_in(other, username="investigator")
    other.goto(screening_of(subject))
    expect(other.locator("#verdict .verdict__overall")).to_have_count(1)
    expect(offer(other)).to_be_hidden()

    page.bring_to_front()
    creatinine(page).fill("1.0")
    page.get_by_role("alert").filter(has_text="Another person, or another study").wait_for()
    page.get_by_role("button", name="Save").click()
    expect(state(page)).to_contain_text("somebody else is signed in")
    assert "creatinine" not in current_screening(subject).facts
    assert FormDraft.objects.get().user.username == "coordinator"
    assert_accessible(page)


def test_signing_in_in_another_tab_is_noticed(context: BrowserContext, subject: Subject) -> None:
    page = opened(context, screening_of(subject))
    expect(offer(page)).to_be_hidden()
    Session.objects.all().delete()
    creatinine(page).fill("0.9")
    notice = page.get_by_role("alert").filter(has_text="You have been signed out")
    notice.wait_for()
    other = context.new_page()
    sign_in(other)
    page.bring_to_front()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(notice).to_be_hidden()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("are saved").wait_for()


def test_a_visit_and_an_adverse_event_are_kept_as_well(
    context: BrowserContext, subject: Subject, scenario: TrialScenario
) -> None:
    visit = Visit.objects.filter(subject=subject).order_by("pk")[0]
    page = opened(context, f"/visits/{visit.pk}/")
    page.get_by_label("Note").fill("Came with her daughter.")
    expect(state(page)).to_contain_text(KEPT)
    page.goto(f"/subjects/{subject.code}/events/new/")
    page.get_by_label("In the words of the participant").fill("Kopfschmerzen")
    page.get_by_label("CTCAE term").fill("Headache")
    page.locator("[name=serious][value=no]").check()
    expect(state(page)).to_contain_text(KEPT)

    page.goto(f"/visits/{visit.pk}/")
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_label("Note")).to_have_value("Came with her daughter.")
    page.goto(f"/subjects/{subject.code}/events/new/")
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_label("CTCAE term")).to_have_value("Headache")
    expect(page.get_by_label("In the words of the participant")).to_have_value("Kopfschmerzen")
    expect(page.locator("[name=serious][value=no]")).to_be_checked()
    page.goto("/account/drafts/")
    expect(page.get_by_role("link", name="Go on:")).to_have_count(2)
    assert_accessible(page)
