"""Who a participant is: opened for a purpose and gone again, corrected with a reason, never recorded twice."""

from __future__ import annotations

from playwright.sync_api import expect

from config.demonstration.identities import invented
from enrollment.models import IdentityOpening, Subject
from enrollment.rules.states import OpeningPurpose
from tests.browser.pages.identity import IdentityPage
from tests.browser.steps import eligible_subjects
from tests.builders.identities import person


def somebody() -> tuple[str, str]:
    """A participant with an identity, and their name."""
    return Subject.objects.filter(state="FOLLOW_UP").order_by("code").first().code, "示範甲"


def test_an_identity_is_shown_once_and_who_looked_stays(desk_of):
    # Given a participant whose identity was compared at the bedside, when the nurse comes to the page.
    code, name = somebody()
    nurse = desk_of("nurse")
    page = IdentityPage(nurse, code)
    nurse.does_not_see(name)
    before = page.openings.count()

    # When they open it to reach the participant, it is shown; leaving the page closes it.
    page.open_for(OpeningPurpose.CONTACT)
    nurse.sees(name).sees("00-0000-0001").sees("Shown once")
    nurse.press("Close", arrives_at="Identity").does_not_see(name)
    expect(page.openings).to_have_count(before + 1)

    # And going back in the browser does not bring it back either: that would be another opening.
    openings = IdentityOpening.objects.count()
    nurse.page.go_back()
    expect(nurse.page.get_by_text(name)).to_have_count(0)
    assert IdentityOpening.objects.count() == openings


def test_a_mistake_is_corrected_with_a_reason_that_says_nothing_of_the_person(desk_of):
    code, name = somebody()
    coordinator = desk_of("coordinator")
    page = IdentityPage(coordinator, code)
    page.open_for(OpeningPurpose.CORRECTION)
    coordinator.page.get_by_label("Telephone", exact=True).fill("00-0000-7777")
    coordinator.page.get_by_label("Reason for the correction").fill(f"{name} has another one")
    coordinator.press("Seal the correction", arrives_at="Identity", refusal=409).sees("IDV-TEXT")
    coordinator.page.get_by_label("Reason for the correction").fill("A digit was read wrongly")
    coordinator.press("Seal the correction", arrives_at="Identity").sees("is corrected")
    page.open_for(OpeningPurpose.CONTACT).sees("00-0000-7777")


def test_the_same_person_is_not_enrolled_under_a_second_code(desk_of):
    # Given a new participant, when the coordinator records somebody who takes part already.
    (code,) = eligible_subjects(1)
    coordinator = desk_of("coordinator")
    page = IdentityPage(coordinator, code)
    page.begin_recording()
    page.fill(invented(1, born_on=person().born_on))
    coordinator.press("Seal the identity", arrives_at="Record the identity", refusal=409)
    coordinator.sees("IDV-TWICE").sees(somebody()[0])

    # When the right number is entered, it is sealed.
    page.fill(person())
    coordinator.press("Seal the identity", arrives_at="Identity").sees("is recorded")


def test_the_sponsor_is_not_even_shown_the_way(desk_of):
    code, _name = somebody()
    sponsor = desk_of("sponsor").open(f"/subjects/{code}/")
    expect(sponsor.page.get_by_role("link", name="Identity", exact=True)).to_have_count(0)
    sponsor.open(f"/subjects/{code}/identity/", refusal=403)
