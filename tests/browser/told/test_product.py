"""Product in the pharmacy: a tank that was warm, the decision on what stood in it, a label that finds its bag."""

from __future__ import annotations

from playwright.sync_api import expect

from dosing.models import ProductUnit, Quarantine
from tests.browser.desk import Desk
from tests.browser.pages.signing import sign
from tests.browser.steps import now_at_site, typed

TABS = ("Expiry", "Quarantine", "Temperatures", "Accountability", "Follow-ups", "Find a unit")


def open_tab(desk: Desk, name: str) -> None:
    with desk.page.expect_navigation():
        desk.page.get_by_role("navigation", name="Product pages").get_by_role("link", name=name).click()
    desk.look()


def test_a_warm_tank_sets_its_unit_aside_until_quality_assurance_has_signed(desk_of, tmp_path):
    # Given the demonstration, in which a unit stands aside since the second tank was warm.
    pharmacist = desk_of("pharmacist").go("Product")
    for tab in TABS:
        open_tab(pharmacist, tab)
    open_tab(pharmacist, "Quarantine")
    pharmacist.sees("To decide")

    # When the pharmacist imports another file, it is shown first: where it was too warm, and what follows.
    open_tab(pharmacist, "Temperatures")
    pharmacist.press("Import a logger file", arrives_at="Import a logger file")
    page = pharmacist.page
    file = tmp_path / "tank-1.csv"
    file.write_text(f"time,celsius\n{typed(now_at_site())},-139.5\n", encoding="utf-8")
    page.get_by_label("Place").fill("Tank 3")
    page.get_by_label("Limits that apply").select_option("STORAGE")
    page.get_by_label("Logger file").set_input_files(file)
    pharmacist.press("Read the file").sees("Outside the limits")
    pharmacist.press("Import it", arrives_at="Temperatures").sees("goes on")

    # Then quality assurance decides on the unit by signature, and it is in stock again.
    quarantine = Quarantine.objects.get(decision="")
    quality = desk_of("qualityassurance").open(f"/product/quarantine/{quarantine.pk}/")
    quality.page.get_by_role("combobox", name="Decision").select_option("USABLE")
    sign(quality, button="Sign the decision", rationale="Shorter than the stability data cover.")
    quality.sees("Usable")
    quality.open(f"/product/units/{quarantine.unit_id}/").sees("Returned to use")


def test_the_code_of_a_label_leads_to_its_unit_and_the_unit_to_whoever_received_it(desk_of):
    unit = ProductUnit.objects.filter(state="INFUSED").order_by("id")[0]
    nurse = desk_of("nurse").go("Product")
    open_tab(nurse, "Find a unit")
    nurse.page.get_by_label("Code of the label").fill(str(unit.uuid))
    nurse.press("Find", arrives_at=f"Unit {unit}").sees("Reconciled")
    nurse.press("Where the lot went", arrives_at="Where lot").sees(unit.assigned_subject.code)
    nurse.press(unit.assigned_subject.code, arrives_at="Product of").sees(unit.lot.donor_code)


def test_a_unit_is_destroyed_before_a_witness_who_is_somebody_else(desk_of):
    unit = ProductUnit.objects.filter(state="IN_STOCK", lot__number="ADSC-2401").order_by("id")[0]
    pharmacist = desk_of("pharmacist").open(f"/product/units/{unit.pk}/")
    pharmacist.press("Destroy before a witness", arrives_at="Destroy")
    for username, refusal in (("pharmacist", 409), ("pharmacist2", None)):
        pharmacist.page.get_by_label("Volume destroyed").fill("7.5")
        pharmacist.page.get_by_label("Why it is destroyed").fill("The bag leaks")
        sign(pharmacist, button="Record the destruction", username=username, refusal=refusal)
    expect(pharmacist.page.locator(".page-head")).to_contain_text("Destroyed")
