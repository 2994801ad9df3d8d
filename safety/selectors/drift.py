"""Whether what a frozen dossier concluded still follows from what is known, and what changed since, in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from safety.models import GateReview
from safety.rules.voting import has_drifted
from safety.selectors.dossier import dossier_of, frozen_standing, standing
from safety.selectors.gate import Assessment
from trial.rules.canonical import canonical_json

Document = Mapping[str, Any]


def open_reviews(assessment: Assessment) -> list[GateReview]:
    return [r for r in assessment.rows.reviews if r.decided_at is None and r.superseded_at is None]


def is_drifted(review: GateReview, assessment: Assessment) -> bool:
    """Then nobody may sign it any more: what is signed is what is known."""
    frozen = frozen_standing(json.loads(review.dossier))
    return has_drifted(frozen, json.loads(canonical_json(standing(assessment))))


def live_document(assessment: Assessment) -> dict[str, Any]:
    """The dossier as it would be frozen now, in the plain form in which a frozen one is read."""
    document: dict[str, Any] = json.loads(canonical_json(dossier_of(assessment)))
    return document


def changes_since(frozen: Document, live: Document) -> tuple[str, ...]:
    """What differs between a frozen dossier and now, in sentences; the gravest first. Empty: nothing."""
    return (
        *_conclusion(frozen, live),
        *_events(_by(frozen["events"], "id"), _by(live["events"], "id")),
        *_subjects(_by(frozen["subjects"], "number"), _by(live["subjects"], "number")),
        *_checklist(frozen["checklist"], live["checklist"]),
        *_holds(frozen["holds"], live["holds"]),
    )


def _conclusion(frozen: Document, live: Document) -> Iterator[str]:
    was, now = frozen["result"]["verdict"], live["result"]["verdict"]
    if was != now:
        yield f"The result was {was} and is {now}."
    if frozen["protocol"]["sha256"] != live["protocol"]["sha256"]:
        yield f"The protocol version was {frozen['protocol']['version']} and is {live['protocol']['version']}."


def _events(frozen: dict[str, Document], live: dict[str, Document]) -> Iterator[str]:
    for identifier, event in live.items():
        before = frozen.get(identifier)
        counts = "counts" if event["qualifies"] else "does not count"
        if before is None:
            yield f"{identifier} was added and {counts}: {event['why']}."
        elif before["qualifies"] != event["qualifies"]:
            yield f"{identifier} {counts} now: {event['why']}."
        elif dict(before) != dict(event):
            yield f"{identifier} was changed; it {counts} as before."
    for identifier in frozen.keys() - live.keys():
        yield f"{identifier} is no longer among the events."


def _subjects(frozen: dict[str, Document], live: dict[str, Document]) -> Iterator[str]:
    for number, subject in live.items():
        before = frozen.get(number)
        state = "evaluable" if subject["evaluable"] else "not evaluable"
        if before is None:
            yield f"Subject {number} was added; {state}: {subject['why']}."
        elif before["evaluable"] != subject["evaluable"]:
            yield f"Subject {number} is {state} now: {subject['why']}."
    for number in frozen.keys() - live.keys():
        yield f"Subject {number} is no longer in the cohort."


def _checklist(frozen: list[Document], live: list[Document]) -> Iterator[str]:
    met = {(item["subject"], item["item"]) for item in frozen if item["met"]}
    known = {(item["subject"], item["item"]) for item in frozen}
    for item in live:
        key = (item["subject"], item["item"])
        if not item["met"] and (key in met or key not in known):
            yield f"Open on the checklist: {item['subject']}: {item['item']}: {item['lacks']}."
        elif item["met"] and key in known - met:
            yield f"Met on the checklist: {item['subject']}: {item['item']}."


def _holds(frozen: list[Document], live: list[Document]) -> Iterator[str]:
    for hold in live:
        if hold not in frozen:
            yield f"Dosing is held ({hold['scope']}): {hold['reason']}"
    for hold in frozen:
        if hold not in live:
            yield f"A hold is no longer in force ({hold['scope']}): {hold['reason']}"


def _by(rows: list[Document], key: str) -> dict[str, Document]:
    return {str(row[key]): row for row in rows}
