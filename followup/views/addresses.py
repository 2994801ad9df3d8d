"""Addresses of pages that other parts of the product own."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse


def address(name: str, *args: object) -> str:
    """Empty for a page that this installation does not have: then there is no link, and no error either."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
