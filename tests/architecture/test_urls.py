"""Every address declares the permission that opens it, and the declaration is what is enforced."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

from config.navigation import PLACES
from reports import addresses
from trial.edge.api import DeclaredPermission
from trial.edge.api_parameters import KnownParameters
from trial.permissions import TABLE, Permission


def patterns(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in (resolver or get_resolver()).url_patterns:
        address = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, address)
        else:
            yield address, entry


ALL = sorted(patterns(), key=lambda pair: pair[0])
# Whoever is not signed in reaches these alone.
PUBLIC = {"healthz", "login", "report-verify"}


@pytest.mark.parametrize(("address", "pattern"), ALL, ids=[address or "/" for address, _ in ALL])
def test_a_view_declares_its_permission(address: str, pattern: URLPattern) -> None:
    view_class = getattr(pattern.callback, "cls", None)
    declared = getattr(view_class or pattern.callback, "permission", None)
    assert isinstance(declared, Permission), f"/{address} opens to nobody knows whom"
    assert declared in TABLE
    if view_class is not None:
        assert issubclass(view_class, APIView)
        assert view_class.permission_classes == [DeclaredPermission, KnownParameters], (
            f"/{address} enforces something else"
        )
    assert (declared is Permission.PUBLIC) == (pattern.name in PUBLIC)


def test_every_address_has_a_name_of_its_own() -> None:
    names = [pattern.name for _, pattern in ALL]
    assert None not in names
    assert len(names) == len(set(names))


def test_the_navigation_leads_somewhere() -> None:
    names = {pattern.name for _, pattern in ALL}
    assert {place.name for _, places in PLACES for place in places} <= names


def test_every_link_of_a_number_leads_somewhere() -> None:
    """The addresses of other apps' pages are reversed strictly: a renamed page fails here, not under a reader."""
    for made in (
        addresses.subject("CMUH-001"),
        addresses.subjects(state="ELIGIBLE"),
        addresses.eligibility("CMUH-001"),
        addresses.consent("CMUH-001"),
        addresses.allocation("CMUH-001"),
        addresses.screenings(outcome="SCREEN_FAILED"),
        addresses.waiting(),
        addresses.replacement("CMUH-001"),
        addresses.visit(1),
        addresses.visits(),
        addresses.event(1),
        addresses.events(),
        addresses.infusion(1),
        addresses.infusion_plan("CMUH-001"),
        addresses.gate(1),
        addresses.endorsement("CMUH-001"),
        addresses.holds(),
        addresses.lot("L-01"),
    ):
        assert made.startswith("/")
