"""The way about the pages of the product."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from dosing.views.answering import crumbs


def product_head(*, here: str, trail: tuple[tuple[str, str], ...] = ()) -> dict[str, Any]:
    """Tabs and crumbs. ``here``: name of the address of the tab; ``trail``: labels and addresses below it."""
    places = [
        ("product", _("Lots")),
        ("product-expiry", _("Expiry")),
        ("quarantine-list", _("Quarantine")),
        ("temperature-list", _("Temperatures")),
        ("product-balance", _("Accountability")),
        ("follow-up-list", _("Follow-ups")),
        ("unit-find", _("Find a unit")),
    ]
    own = dict(places)[here]
    pairs = [] if here == "product" else [(own, reverse(here) if trail else "")]
    return {
        "tabs": [{"label": label, "url": reverse(name), "is_here": name == here} for name, label in places],
        "breadcrumbs": crumbs(
            (_("Product"), "" if here == "product" and not trail else reverse("product")), *pairs, *trail
        ),
    }
