"""Sessions: signing out ends them, in every tab."""

from __future__ import annotations

from playwright.sync_api import expect

from trial.models import User


def test_who_signs_out_is_signed_out_in_every_tab(desk_of):
    coordinator = desk_of("coordinator")
    other = coordinator.new_tab()
    other.goto("/work/")
    expect(other.get_by_role("heading", level=1)).to_contain_text("My work")

    coordinator.page.locator("summary").filter(has_text="Chen Yi-Ting").click()
    coordinator.press("Sign out", arrives_at="Sign in")

    other.reload()
    expect(other.get_by_role("heading", level=1)).to_contain_text("Sign in")
    other.goto("/subjects/")
    expect(other).to_have_url("/sign-in/?next=/subjects/")


def test_an_account_that_is_closed_opens_nothing_any_more(desk_of):
    # Given a nurse at work, when the administrator closes the account.
    nurse, admin = desk_of("nurse"), desk_of("admin")
    admin.open(f"/people/{User.objects.get(username='nurse').pk}/")
    admin.press("Close the account")
    admin.page.get_by_label("Reason").fill("Left the hospital.")
    admin.press("Close account")

    nurse.page.goto("/work/")
    expect(nurse.page.get_by_role("heading", level=1)).to_contain_text("Sign in")
