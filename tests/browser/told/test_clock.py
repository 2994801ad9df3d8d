"""Time passes: from the page and from the command line, and what falls due is carried out by the worker."""

from __future__ import annotations

from django.core.management import call_command
from playwright.sync_api import expect

from tests.browser.pages.clock import Clock
from tests.browser.pages.work import Work
from tests.browser.steps import dosed_in_cohort_2
from trial import clock
from trial.models import Notification


def test_when_the_visitor_moves_the_clock_then_the_worker_reminds_and_my_work_changes(desk_of, celery_worker_process):
    # Given a coordinator for whom the month-3 visit of subject 2 comes later.
    coordinator = desk_of("coordinator")
    expect(Work(coordinator).item("Visit M3", about="CMUH-002", group="Later")).to_be_visible()
    told, at = Notification.objects.count(), clock.now()

    # When a visitor lets a day pass, goes to the next due thing (its reminder), and two weeks on.
    page = Clock(desk_of("admin"))
    page.move("One day on")
    assert (clock.now() - at).days == 1
    page.move("To the next due thing")
    page.move("One week on")
    page.move("One week on")

    # Then people were told, and for the coordinator the visit is due within the week.
    assert Notification.objects.count() > told
    expect(Work(coordinator).item("Visit M3", about="CMUH-002", group="Within seven days")).to_be_visible()
    coordinator.open("/notifications/")
    coordinator.press("Mark all as read", arrives_at="Notifications")
    expect(coordinator.page.locator(".topbar .count")).to_have_count(0)


def test_when_the_operator_moves_the_clock_by_command_then_the_worker_carries_out_what_fell_due(
    desk_of, celery_worker_process
):
    # Given the first subject of cohort 2, dosed today: the visits of the coming days follow from it.
    code = dosed_in_cohort_2()
    coordinator = desk_of("coordinator")
    before, at = Notification.objects.count(), clock.now()

    call_command("demo_clock", advance="7d")

    # Then the visits that fell due are told to the coordinator, and stand under My work.
    assert (clock.now() - at).days == 7
    assert Notification.objects.count() > before
    coordinator.open("/notifications/").sees(code)
    expect(Work(coordinator).item("Visit I1D7", about=code)).to_be_visible()


def test_when_the_visitor_asks_for_the_next_chapter_then_an_infusion_is_in_progress(desk_of):
    # Given the nurse, who looks after whoever is infused.
    nurse = desk_of("nurse")
    page = Clock(nurse)

    page.desk.press("Go on to an infusion in progress")

    # Then the nurse stands at the bedside of a running infusion with its first vital signs, and it is told only once.
    nurse.sees("Running")
    expect(nurse.page.get_by_role("button", name="Pause", exact=False).first).to_be_visible()
    Clock(nurse)
    nurse.sees("An infusion of cohort 2 is running already.")
