"""What every page shows around its content: the installation, the time, the way about, the account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from tomllib import loads

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from reports.views.status import READERS as STATUS_READERS
from trial.edge.context import TrialContext, trial_of
from trial.permissions import Permission
from trial.rules.roles import ROLE_LABELS, Role


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation: shown to whoever has the permission."""

    name: str
    label: str | Promise
    icon: str
    permission: Permission


PLACES: Sequence[tuple[str | Promise, Sequence[Place]]] = (
    (
        "",
        (
            Place("board", _("Study board"), "stairs-up", Permission.STUDY_VIEW),
            Place("work", _("My work"), "list-check", Permission.STUDY_VIEW),
        ),
    ),
    (
        _("Trial"),
        (
            Place("subject-list", _("Subjects"), "users", Permission.SUBJECT_VIEW),
            Place("screening-log", _("Screening log"), "clipboard-list", Permission.SUBJECT_VIEW),
            Place("waiting-list", _("Waiting list"), "hourglass", Permission.SUBJECT_VIEW),
            Place("cohort-list", _("Cohorts"), "stairs-up", Permission.SUBJECT_VIEW),
            Place("participant-flow", _("Participant flow"), "git-compare", Permission.SUBJECT_VIEW),
            Place("visit-list", _("Visits"), "calendar", Permission.SUBJECT_VIEW),
            Place("calendar", _("Calendar"), "calendar-due", Permission.INFUSION_VIEW),
            Place("infusion-list", _("Infusions"), "vaccine", Permission.INFUSION_VIEW),
            Place("product", _("Product"), "vaccine-bottle", Permission.PRODUCT_VIEW),
        ),
    ),
    (
        _("Safety"),
        (
            Place("event-list", _("Adverse events"), "activity", Permission.EVENT_VIEW),
            Place("gate-list", _("Safety gates"), "door", Permission.GATE_VIEW),
            Place("hold-list", _("Dosing holds"), "hand-stop", Permission.GATE_VIEW),
            Place("decision-list", _("Decisions"), "door-enter", Permission.GATE_VIEW),
            Place("deviation-list", _("Deviations"), "alert-triangle", Permission.DEVIATION_VIEW),
        ),
    ),
    (
        _("Study"),
        (
            Place("protocol", _("Protocol"), "file-text", Permission.STUDY_VIEW),
            Place("consent-version-list", _("Consent versions"), "writing-sign", Permission.STUDY_VIEW),
            Place("people", _("People"), "user", Permission.PEOPLE_VIEW),
            Place("report-list", _("Reports"), "report", Permission.REPORT_DOWNLOAD),
            Place("history", _("Audit trail"), "history", Permission.HISTORY_VIEW),
            Place("status", _("System status"), "settings", Permission.STUDY_VIEW),
        ),
    ),
)


def layout(request: HttpRequest) -> dict[str, object]:
    """No query of its own: what it shows was read together with the study."""
    trial = trial_of(request)
    if not trial.has_study:  # an installation without a study can still be signed in to
        return {"deployment": {"version": product_version()}}
    around = trial.surroundings
    context: dict[str, object] = {
        "deployment": {
            "is_demonstration": around.is_demonstration,
            "version": product_version(),
            "study_code": around.study.registry_id,
            "protocol_hash": around.protocol_sha256,
            "clock_url": _address("clock") if around.is_demonstration else None,
        },
        "trial_now": trial.at,
        "site_zone": around.timezone,
    }
    if request.user.is_authenticated:
        context |= {"navigation": _navigation(trial, path=request.path), "account": _account(trial)}
    return context


def _navigation(trial: TrialContext, *, path: str) -> SafeString:
    shown = [place.name for _group, places in PLACES for place in places if _is_open(place, trial)]
    here = [name for name in shown if _is_at(_address(name), path)]
    return _drawn(tuple(shown), tuple(here), get_language() or "")


def _is_open(place: Place, trial: TrialContext) -> bool:
    """Permissions are judged anew for every request; only the drawing of what they leave is kept."""
    if place.name == "status" and not trial.access.roles(at=trial.at) & STATUS_READERS:
        return False
    return trial.may(place.permission)


def _is_at(url: str, path: str) -> bool:
    return path == url if url == "/" else path.startswith(url)


@lru_cache(maxsize=1024)
def _drawn(shown: tuple[str, ...], here: tuple[str, ...], language: str) -> SafeString:
    """The navigation with these places, drawn once per language: it stands on every page, and is a tenth of it."""
    groups: list[Mapping[str, object]] = []
    for label, places in PLACES:
        items = [_item(place, is_here=place.name in here) for place in places if place.name in shown]
        if items:
            groups.append({"label": label, "items": items})
    return render_to_string("components/navigation.html", {"navigation": groups})


def _item(place: Place, *, is_here: bool) -> Mapping[str, object]:
    return {"label": place.label, "url": _address(place.name), "icon": place.icon, "active": is_here}


def _account(trial: TrialContext) -> Mapping[str, object]:
    held = trial.access.roles(at=trial.at)
    links = [
        ("drafts", _("Unsaved entries")),
        ("password", _("Password")),
        ("tokens", _("Access tokens")),
        ("study-choice", _("Choose the study")),
        ("api-docs", _("API")),
    ]
    return {
        "printed_name": trial.user.printed_name,
        "role": ", ".join(ROLE_LABELS[role] for role in Role if role in held),
        "notifications": trial.surroundings.unread,
        "notifications_url": _address("notifications"),
        "links": [{"label": label, "url": _address(name)} for name, label in links],
    }


@cache
def _address(name: str) -> str:
    return reverse(name)


@cache
def product_version() -> str:
    try:
        return version("stepwise")
    except PackageNotFoundError:  # run from its source, which is the usual way
        return str(loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]["version"])
