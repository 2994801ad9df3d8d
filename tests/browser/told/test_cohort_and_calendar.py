"""From the navigation to what may happen next: the cohort's page and the calendar, with the keyboard alone."""

from __future__ import annotations

import re
from datetime import timedelta

from playwright.sync_api import expect

from tests.browser.desk import WIDTHS
from tests.browser.pages.bedside import plan
from tests.browser.steps import allocated_to_cohort_2, now_at_site


def test_a_nurse_finds_the_day_and_what_stands_against_it(desk_of):
    code = allocated_to_cohort_2()
    nurse = desk_of("nurse")
    page = nurse.page
    nurse.go("Cohorts")
    with page.expect_navigation():
        page.get_by_role("region", name="Cohorts").get_by_role("link", name="Cohort 2").click()
    nurse.arrive("Cohort 2")
    nurse.sees("What may happen next").sees(code).sees("Clear before the day")
    nurse.press("Plan infusion 1", arrives_at="plan infusion 1")

    day = now_at_site().date() + timedelta(days=2)
    plan(nurse, code, on=day.isoformat())
    nurse.go("Calendar")
    nurse.open(f"/calendar/?month={day:%Y-%m}")
    entry = page.get_by_role("link", name=re.compile(f"{code} · 1.*no unit yet"))
    expect(entry).to_be_visible()
    for width in WIDTHS.values():
        page.set_viewport_size({"width": width, "height": 1000})
        nurse.look()
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    entry.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    nurse.arrive(code)


def test_days_that_are_none_are_named_at_the_field(desk_of):
    sponsor = desk_of("sponsor")
    sponsor.go("Calendar").press("List", arrives_at="Calendar")
    sponsor.page.get_by_label("From").fill("2026-12-02")
    sponsor.page.get_by_label("Until").fill("2026-12-01")
    sponsor.press("Show", arrives_at="Calendar", refusal=400)
    sponsor.sees("The last day lies before the first.")
