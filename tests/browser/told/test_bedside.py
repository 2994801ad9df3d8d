"""The tablet at the bedside: a dropped connection loses and doubles nothing; two nurses see each other's acts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, expect

from config.demonstration import bedside as steps
from dosing.models import Infusion, Interruption, ProductUnit, VitalSigns
from tests.browser.desk import Desk
from tests.browser.pages.bedside import START, Bedside
from tests.browser.steps import allocated_to_cohort_2, people, prepared_for
from trial import clock
from trial.models import AuditEvent

# The page looks for changes every ten seconds.
ASKED_AGAIN_MS = 30_000
TABLET = {"width": 820, "height": 1180}
NOT_SENT = re.compile("Not sent yet: no connection")
# Chromium complains of every request that it cannot send, the page's own look for changes among them.
OFFLINE = re.compile("failed: .*(ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED)|htmx:sendError|htmx:afterRequest")


@pytest.fixture
def identified() -> Infusion:
    """Everything cleared, both people have signed."""
    infusion = prepared_for(allocated_to_cohort_2())
    unit = ProductUnit.objects.get(assigned_subject=infusion.subject, state="ISSUED")
    steps.verify(infusion, unit, people(), at=clock.now())
    return infusion


@pytest.fixture
def running(identified: Infusion) -> Infusion:
    return steps.start(identified, people(), at=clock.now())


def at(desk: Desk, infusion: Infusion) -> Bedside:
    desk.page.set_viewport_size(TABLET)
    return Bedside(desk.open(f"/infusions/{infusion.pk}/"))


def connection_of(desk: Desk) -> BrowserContext:
    return desk.page.context


def drop(desk: Desk) -> None:
    connection_of(desk).set_offline(True)


def restore(bedside: Bedside) -> None:
    """The connection is back; the page notices by itself."""
    connection_of(bedside.desk).set_offline(False)
    expect(bedside.page.locator("main:not([data-before])")).to_be_attached()
    noise = bedside.desk.noise
    noise.complaints = [each for each in noise.complaints if not OFFLINE.search(each)]
    bedside.desk.look()


def press(bedside: Bedside, button: str) -> None:
    bedside.page.evaluate("document.querySelector('main').dataset.before = 'yes'")
    bedside.page.get_by_role("button", name=button, exact=True).click()


def started_of(infusion: Infusion) -> int:
    """How often history knows it as started."""
    rows = AuditEvent.objects.filter(table_name="dosing_infusion", row_id=str(infusion.pk))
    return rows.filter(act="infusions.start", after__state="RUNNING").count()


def enter(bedside: Bedside, **values: str) -> None:
    for label, value in values.items():
        bedside.page.get_by_label(label.replace("_", " ")).fill(value)


def test_vital_signs_entered_without_a_connection_are_sent_once(desk_of, running):
    nurse = desk_of("nurse")
    bedside = at(nurse, running)
    drop(nurse)
    enter(bedside, Heart_rate="82", Systolic_blood_pressure="124")
    bedside.page.get_by_label("Wheeze").check()
    press(bedside, "Record the vital signs")
    expect(bedside.page.locator(".act--waiting [data-act-state]")).to_have_text(NOT_SENT)
    # Pressed again it is still one act; what was typed stands.
    bedside.page.get_by_role("button", name="Record the vital signs").click()
    expect(bedside.page.get_by_label("Heart rate")).to_have_value("82")
    assert VitalSigns.objects.filter(infusion=running).count() == 0

    restore(bedside)
    row = VitalSigns.objects.get(infusion=running)
    assert (row.point, row.heart_rate, row.symptoms, row.alerts) == ("S+0", 82, ["wheeze"], ["WHEEZE"])
    expect(bedside.page.get_by_role("heading", name=re.compile("^Alert"))).to_be_visible()
    nurse.sees("Draft of an adverse event")


def test_a_start_pressed_without_a_connection_starts_once_when_it_returns(desk_of, identified):
    nurse = desk_of("nurse")
    bedside = at(nurse, identified)
    drop(nurse)
    press(bedside, START)
    expect(bedside.page.locator(".act--waiting [data-act-state]")).to_contain_text("Do not begin before this page says")
    assert Infusion.objects.get(pk=identified.pk).started_at is None
    restore(bedside)
    bedside.clock_runs()
    assert started_of(identified) == 1


def test_an_answer_that_was_lost_on_the_way_back_is_asked_for_again(desk_of, running):
    """The server has done it; the tablet never heard so. Sent again with its key, nothing is done again."""
    nurse = desk_of("nurse")
    bedside = at(nurse, running)
    lost: list[str] = []

    def lose_the_first(route):
        if route.request.method == "POST" and not lost:
            lost.append(route.request.url)
            route.fetch()
            route.abort("connectionreset")
        else:
            route.continue_()

    bedside.page.route("**/pause/", lose_the_first)
    bedside.page.get_by_label("The wish of the subject").check()
    press(bedside, "Pause")
    expect(bedside.page.locator("main:not([data-before])")).to_be_attached()
    assert lost
    assert Interruption.objects.filter(infusion=running).count() == 1
    nurse.sees("The infusion is paused.")


def test_two_nurses_on_two_devices(desk_of, running):
    nurse, other = desk_of("nurse"), desk_of("nurse2")
    first, second = at(nurse, running), at(other, running)
    # The other nurse is typing while the first one pauses.
    enter(second, Heart_rate="88")
    first.page.get_by_label("The access to the vein").check()
    first.act("Pause")
    told = second.page.get_by_text("Somebody has changed this infusion on another device")
    expect(told).to_be_visible(timeout=ASKED_AGAIN_MS)
    # A stale act is answered with why; what she typed elsewhere stands.
    second.page.get_by_label("A technical reason").first.check()
    second.act("Pause", refusal=409)
    other.sees("DOS-STATE")
    expect(second.page.get_by_label("Heart rate")).to_have_value("88")
    second.act("Record the vital signs")
    assert VitalSigns.objects.get(infusion=running).observer.username == "nurse2"
    assert Interruption.objects.filter(infusion=running).count() == 1
