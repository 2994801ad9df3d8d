"""The signature box, wherever it stands: user name and password again, for every signature."""

from __future__ import annotations

from tests.browser.desk import Desk
from trial.demonstration import PASSWORD


def sign(
    desk: Desk,
    *,
    button: str = "Sign",
    username: str | None = None,
    password: str = PASSWORD,
    rationale: str = "",
    refusal: int | None = None,
) -> Desk:
    """``username``: another than the one signed in, who signs at this desk."""
    box = desk.page.locator(".signing")
    box.get_by_label("User name").fill(username or desk.username)
    box.get_by_label("Password").fill(password)
    if rationale:
        box.get_by_label("Rationale").fill(rationale)
    return desk.press(button, refusal=refusal)
