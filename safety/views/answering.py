"""Small things that several pages of safety answer with."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect


def see(name: str, *args: object) -> HttpResponse:
    """After a POST: look at that page (303, so that reloading it sends nothing again)."""
    response = redirect(name, *args)
    response.status_code = 303
    return response
