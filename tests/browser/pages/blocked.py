"""A button that cannot be pressed now, and the reasons that stand beside it."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect


def reasons_beside(page: Page, label: str) -> Locator:
    """The codes of all reasons beside a locked button; fails when the button is not locked."""
    button = page.get_by_role("button", name=label, exact=True)
    expect(button).to_have_attribute("aria-disabled", "true")
    described_by = button.get_attribute("aria-describedby")
    reasons = page.locator(f"#{described_by}")
    expect(reasons).to_be_visible()
    return reasons.locator("code")
