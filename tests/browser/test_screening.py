"""Screening as a coordinator meets it: the criteria follow what is typed, and a change asks for its reason."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import expect

from config.demonstration.participants import missing_creatinine
from enrollment.models import Subject
from enrollment.selectors.eligibility import current_screening
from tests.builders.scenario import TrialScenario
from trial.rules.site_time import site_date

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def subject(site_url: str, browser_page: Page) -> Subject:
    """A subject whose creatinine is missing, and the coordinator signed in."""
    scenario = TrialScenario()
    today = site_date(scenario.at, timezone=scenario.timezone)
    client = Client()
    client.force_login(scenario.people["coordinator"], backend="django.contrib.auth.backends.ModelBackend")
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site_url}
    browser_page.context.add_cookies([cookie])
    return scenario.screened(missing_creatinine(today))


def test_the_criteria_follow_what_is_typed_until_it_is_saved(browser_page: Page, subject: Subject):
    page = browser_page
    refused: list[str] = []
    page.on("console", lambda each: refused.append(each.text) if "Content Security Policy" in each.text else None)
    page.goto(f"/subjects/{subject.code}/screening/")
    verdict = page.locator("#verdict")
    verdict.get_by_text("Still needed:").wait_for()
    reason = page.get_by_label("Reason for the change")
    assert not reason.is_visible()

    today = current_screening(subject).facts["hiv_on"]
    page.get_by_label("Creatinine", exact=True).fill("1.5")
    page.get_by_label("Unit of creatinine").select_option("mg/dL")
    page.get_by_label("Creatinine on").fill(today)
    verdict.get_by_text("Creatinine 1.5 mg/dL; more than 1.4 mg/dL excludes.").wait_for()
    assert not reason.is_visible()

    page.get_by_label("Creatinine", exact=True).fill("0.9")
    verdict.get_by_text("11 of 11 criteria let the subject in").wait_for()
    page.locator("#what-follows").get_by_text("SCR-UNSAVED").wait_for()
    assert "creatinine" not in current_screening(subject).facts

    page.get_by_label("GOT (AST)").fill("33")
    reason.wait_for()
    reason.fill("Typing error")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("are saved").wait_for()
    page.get_by_role("link", name="To the investigator's signature").wait_for()
    facts = current_screening(subject).facts
    assert (facts["creatinine"]["value"], facts["got_u_l"]) == ("0.9", "33")
    assert refused == []


def test_treatments_are_entered_and_taken_away_by_keyboard(browser_page: Page, subject: Subject):
    page = browser_page
    page.goto(f"/subjects/{subject.code}/screening/")
    for name in ("overlap_started_on", "steroid_drug", "steroid_mg_per_day"):
        field = page.locator(f"#id_{name}")
        if field.evaluate("element => element.tagName") == "SELECT":
            field.select_option("")
        else:
            field.fill("")
    rows = page.get_by_role("group", name=re.compile(r"Treatment \d"))
    rows.first.get_by_label("Drug").focus()
    for text in ("methylprednisolone", "40", "2020", ""):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")  # "Goes on": yes
    add = page.get_by_role("button", name="Add a treatment")
    add.press("Enter")
    expect(rows.nth(1).get_by_label("Drug")).to_be_focused()
    for text in ("tacrolimus", "3", "2021-06"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    add.press("Enter")
    page.keyboard.type("no such drug")

    worked_out = page.get_by_role("region", name="Worked out from the treatments")
    expect(page.locator("#verdict")).to_contain_text("stands in no list of the protocol")
    rows.nth(2).get_by_role("button", name="Remove").press("Enter")
    expect(rows).to_have_count(2)
    expect(rows.nth(1).get_by_label("Drug")).to_be_focused()
    page.get_by_label("These are all steroids").check()
    expect(worked_out).to_contain_text("methylprednisolone 40.0 mg/day, 2020 to today: steroid, 50.0 mg/day")
    expect(worked_out).to_contain_text("Both from 2021-06-30 to today")
    expect(worked_out).to_contain_text("Pathway A: longer than 24 months.")

    page.get_by_label("Reason for the change").fill("Records instead of a summary")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("are saved").wait_for()
    assert [row["drug"] for row in current_screening(subject).facts["treatments"]] == [
        "methylprednisolone",
        "tacrolimus",
    ]


def test_an_unlikely_value_counts_once_it_is_confirmed(browser_page: Page, subject: Subject):
    page = browser_page
    page.goto(f"/subjects/{subject.code}/screening/")
    page.get_by_label("FVC, current").first.fill("20.8")
    asked = page.get_by_role("checkbox", name="20.8 is what the source says")
    asked.wait_for()
    expect(page.locator("#criterion-I2")).to_contain_text("a value is missing")
    asked.press("Space")
    expect(page.locator("#criterion-I2")).to_contain_text("FVC decline -")
    expect(asked).to_be_checked()
    page.get_by_label("FVC, current").first.fill("2.08")
    expect(asked).to_have_count(0)


@pytest.mark.parametrize("width", [1440, 820])
def test_the_pages_of_a_subject_are_accessible(browser_page: Page, subject: Subject, width: int):
    browser_page.set_viewport_size({"width": width, "height": 900})
    for rest in ("", "screening/", "screening/sign/", "consents/", "allocation/", "withdrawal/", "history/"):
        browser_page.goto(f"/subjects/{subject.code}/{rest}")
        found = Axe().run(browser_page)
        assert found.violations_count == 0, found.generate_report()
        assert browser_page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), rest
