"""A coordinator without a mouse."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from followup.models import Visit
from tests.browser.desk import Desk
from trial.demonstration import PASSWORD

MOST_STOPS = 80


def test_the_keyboard_alone_signs_in_opens_my_work_and_completes_a_visit(browser, site_url):
    # Given the sign-in page, and hands on the keyboard only.
    desk = Desk(browser, site_url, username="coordinator", story="keyboard")
    page = desk.page
    page.goto("/sign-in/")
    tab_to(page, "[name=username]")
    page.keyboard.type("coordinator")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    desk.arrive("Study board")

    # When they go to My work and take the visit that is overdue.
    tab_to(page, "nav a[href='/work/']")
    page.keyboard.press("Enter")
    desk.arrive("My work")
    visit = Visit.objects.get(code="M3", subject__code="CMUH-001")
    tab_to(page, f"a[href='/visits/{visit.pk}/']")
    page.keyboard.press("Enter")
    desk.arrive("Visit M3")

    # And answer the question, and save.
    tab_to(page, "[name=adverse_events_asked]")
    page.keyboard.press("Space")
    tab_to(page, "[name=note]")
    page.keyboard.type("The participant was abroad; the window had closed.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    # Then the visit is complete.
    expect(page.locator(".page-head")).to_contain_text("Done")
    desk.look().close()
    visit.refresh_from_db()
    assert (visit.state, visit.adverse_events_asked) == ("DONE", "none")


def tab_to(page: Page, selector: str) -> None:
    """Tab until the focus is there, as it must be reachable and visible."""
    for _stop in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"The keyboard does not reach {selector} on {page.url}")
