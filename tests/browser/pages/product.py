"""Product: lots, their tests and release, and the units on their way to the bedside."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.browser.pages.signing import sign

SECOND = "pharmacist2"


class Product:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk.go("Product")
        self.page = desk.page

    def receive(self, number: str, *, donor: str, expires_at: str) -> Lot:
        self.desk.press("Receive a lot", arrives_at="Receive a lot")
        self.page.get_by_label("Lot number").fill(number)
        self.page.get_by_label("Donor code").fill(donor)
        self.page.get_by_label("Expires at").fill(expires_at)
        self.desk.press("Receive the lot", arrives_at=f"Lot {number}")
        return Lot(self.desk)

    def open_lot(self, number: str) -> Lot:
        self.desk.press(number, arrives_at=f"Lot {number}")
        return Lot(self.desk)


class Lot:
    """The desk is at the page of a lot."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.page = desk.page

    def record_test(self, code: str, *, value: str = "", result: str = "") -> None:
        self.page.get_by_role("combobox", name="Release test").select_option(code)
        self.page.get_by_label("Measured value").fill(value)
        self.page.get_by_label("Result in words").fill(result)
        self.desk.press("Record the result")

    def book_in(self, number: str, *, cells: str, volume_ml: str) -> None:
        self.page.get_by_label("Unit number").fill(number)
        self.page.get_by_label("Cells, viable and dead").fill(cells)
        self.page.get_by_label("Volume").fill(volume_ml)
        self.desk.press("Book the unit in")

    def release(self) -> Desk:
        """The culture is still pending: that is signed first, and on its own."""
        sign(self.desk, button="Sign that the late result may follow")
        return sign(self.desk, button="Sign the release")

    def open_first_in_stock(self) -> Unit:
        row = self.page.get_by_role("row").filter(has_text="In stock").first
        with self.page.expect_navigation():
            row.get_by_role("link").first.click()
        self.desk.arrive("Unit")
        return Unit(self.desk)


class Unit:
    """The desk is at the page of a unit."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.page = desk.page

    def assign(self, *, to: str) -> None:
        """``to``: the subject for whose planned infusion it is meant."""
        infusions = self.page.get_by_label("Infusion")
        wanted = infusions.locator("option").filter(has_text=to).get_attribute("value")
        infusions.select_option(wanted)
        self.desk.press("Go on to sign", arrives_at="Assign")
        sign(self.desk, button="Assign the unit", username=SECOND)

    def thaw(self, *, viability_percent: str) -> None:
        self.page.get_by_label("Viability after thawing").fill(viability_percent)
        self.desk.press("Enter as thawed")

    def check_and_label(self) -> None:
        """Both by two people: the one signed in, and another who signs on the same page."""
        self.desk.press("Check by two people", arrives_at="Quality control")
        sign(self.desk, button="Pass the unit", username=SECOND)
        self.desk.press("Compare the label by two people", arrives_at="Label")
        sign(self.desk, button="The label is right", username=SECOND)

    def issue(self) -> None:
        self.desk.press("Issue to the ward")
        expect(self.page.locator(".page-head")).to_contain_text("Issued")
