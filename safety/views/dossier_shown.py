"""A dossier, frozen or as of now, as rows for the page. Every value is that of the document; nothing is computed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from followup.views.addresses import address
from safety.forms.labels import OUTCOMES, RELATIONSHIPS
from safety.rules.checklist import ItemKind
from safety.selectors.gate_rows import CohortRows
from safety.views.addresses import item_address
from safety.views.event_rows import written
from trial.rules.decision import Reason
from trial.rules.roles import ROLE_LABELS, Role
from trial.templatetags.look import trial_date, trial_time

Document = Mapping[str, Any]
Item = dict[str, object]


def subject_rows(document: Document) -> list[Item]:
    zone = document["site_zone"]
    return [
        {
            "number": subject["number"],
            "code": subject["code"],
            "url": address("subject", subject["code"]),
            "slot": subject["slot"],
            "replaced_by": subject["replaced_by"],
            "infusions": [_infusion(infusion, zone) for infusion in subject["infusions"]],
            "opens": _time(subject["window_opens_at"], zone),
            "closes": _time(subject["window_closes_at"], zone),
            "visit_on": trial_date(subject.get("observation_visit_on")),
            "evaluable": subject["evaluable"],
            "why": subject["why"],
        }
        for subject in document["subjects"]
    ]


def event_rows_of(document: Document, *, rows: CohortRows) -> list[Item]:
    """Those that count first, then the others, voided ones included."""
    keys = {f"{row.subject.code} AE {event.number}": event.pk for row in rows.subjects for event in row.events}
    return [
        _event(event, url=address("event", keys[event["id"]]) if event["id"] in keys else "")
        for event in sorted(document["events"], key=lambda event: not event["qualifies"])
    ]


def open_items(document: Document, *, rows: CohortRows) -> list[Item]:
    return [_item(item, rows=rows) for item in document["checklist"] if not item["met"]]


def met_items(document: Document, *, rows: CohortRows) -> list[Item]:
    return [_item(item, rows=rows) for item in document["checklist"] if item["met"]]


def policy_rows(document: Document) -> list[Item]:
    """The policy in figures; its wording stands above them."""
    parameters, index = document["policy"]["parameters"], document["cohort"] - 1
    return [
        {"label": _("Events allowed in this cohort"), "value": str(parameters["allowed_events"][index])},
        {"label": _("Evaluable participants required"), "value": str(parameters["required_evaluable"][index])},
        {"label": _("Observed after the last infusion"), "value": str(parameters["window_days"]), "unit": _("days")},
        {"label": _("Decided by"), "value": ", ".join(role_words(parameters["signatories"]))},
        {"label": _("Protocol version"), "value": document["protocol"]["version"]},
        {"label": _("Preset"), "value": document["policy"]["trigger"]},
    ]


def result_rows(document: Document) -> list[Item]:
    """The result under each preset, the one in force marked."""
    in_force = document["policy"]["trigger"]
    return [
        {"preset": preset, "verdict": verdict, "in_force": preset == in_force}
        for preset, verdict in document["result"]["under"].items()
    ]


def reasons_of(document: Document) -> tuple[Reason, ...]:
    return tuple(Reason(r["code"], r["message"], r["source"]) for r in document["result"]["reasons"])


def earliest_review_at(document: Document) -> datetime | None:
    text = document["result"]["earliest_review_at"]
    return datetime.fromisoformat(text) if text else None


def role_words(codes: list[str] | tuple[str, ...]) -> list[str]:
    return [ROLE_LABELS[Role(code)] for code in codes]


def _infusion(infusion: Document, zone: str) -> Item:
    return {
        "number": infusion["number"],
        "started": _time(infusion["started_at"], zone),
        "given": infusion["given_million_per_kg"],
        "planned": infusion["planned_million_per_kg"],
        "stop_reason": infusion["stop_reason"],
        "violated": ", ".join(infusion.get("violated", ())),
    }


def _event(event: Document, *, url: str) -> Item:
    shown: Item = {"id": event["id"], "url": url, "counts": event["qualifies"], "why": event["why"]}
    if event["implied"]:
        return shown | {"implied": True, "term": _("not recorded as an event; other records imply it")}
    grades = event["grades"]
    return shown | {
        "term": event["term"],
        "onset": written(event["onset"]),
        "grade": grades[-1]["grade"] if grades else None,
        "grades": ", ".join(f"{g['grade']} ({trial_date(g['on'])})" for g in grades),
        "serious": event["serious"],
        "relationship": RELATIONSHIPS[event["relationship"]],
        "outcome": OUTCOMES[event["outcome"]],
        "voided": event["voided"],
        "void_reason": event["void_reason"],
    }


def _item(item: Document, *, rows: CohortRows) -> Item:
    url = item_address(item["kind"], subject_code=item["subject"], target=item["target"], rows=rows)
    return {
        "label": f"{item['subject']}: {item['item']}",
        "is_met": item["met"],
        "value": item.get("lacks", ""),
        "url": url,
        "action": _do(item["kind"]),
    }


def _do(kind: str) -> str:
    words = {
        ItemKind.CONSENT.value: _("Consent"),
        ItemKind.ELIGIBILITY.value: _("Screening"),
        ItemKind.INFUSION.value: _("Infusion"),
        ItemKind.VISIT.value: _("Visit"),
        ItemKind.ANSWER.value: _("Visit"),
        ItemKind.EVENT.value: _("Event"),
        ItemKind.DEVIATION.value: _("Deviation"),
        ItemKind.ENDORSEMENT.value: _("Endorse"),
    }
    return words.get(kind, _("Open"))


def _time(text: str | None, zone: str) -> str:
    return trial_time(datetime.fromisoformat(text), zone) if text else "—"
