"""Where the pages of the other apps are: the one place where a number on a page learns what it links to."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse


def subject(code: str) -> str:
    return reverse("subject", args=[code])


def subjects(**wanted: str) -> str:
    return _list("subject-list", wanted)


def eligibility(code: str) -> str:
    return reverse("screening", args=[code])


def consent(code: str) -> str:
    return reverse("consent", args=[code])


def interviews(code: str) -> str:
    return reverse("interviews", args=[code])


def allocation(code: str) -> str:
    return reverse("allocate", args=[code])


def screenings(**wanted: str) -> str:
    return _list("screening-log", wanted)


def waiting() -> str:
    return reverse("waiting-list")


def replacement(code: str) -> str:
    return reverse("replace", args=[code])


def visit(pk: int) -> str:
    return reverse("visit", args=[pk])


def visits(**wanted: str) -> str:
    return _list("visit-list", wanted)


def event(pk: int) -> str:
    return reverse("event", args=[pk])


def events(**wanted: str) -> str:
    return _list("event-list", wanted)


def infusion(pk: int) -> str:
    return reverse("infusion", args=[pk])


def sign_off(pk: int) -> str:
    return reverse("infusion-sign-off", args=[pk])


def infusion_plan(code: str) -> str:
    return reverse("infusion-plan", args=[code])


def gate(cohort_number: int) -> str:
    return reverse("gate", args=[cohort_number])


def cohort(number: int) -> str:
    return reverse("cohort", args=[number])


def endorsement(code: str) -> str:
    return reverse("endorse", args=[code])


def holds() -> str:
    return reverse("hold-list")


def lot(number: str) -> str:
    return reverse("lot", args=[number])


def _list(name: str, wanted: dict[str, str]) -> str:
    address = reverse(name)
    return f"{address}?{urlencode(wanted)}" if wanted else address


def product() -> str:
    return reverse("product")


def unit(pk: int) -> str:
    return reverse("unit", args=[pk])


def quarantine(pk: int) -> str:
    return reverse("quarantine", args=[pk])


def follow_up(pk: int) -> str:
    return reverse("follow-up", args=[pk])
