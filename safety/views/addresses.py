"""Where things are that a gate's checklist asks for."""

from __future__ import annotations

from followup.views.addresses import address
from safety.rules.checklist import ItemKind
from safety.selectors.gate_rows import CohortRows


def item_address(kind: str, *, subject_code: str, target: str, rows: CohortRows) -> str:
    """The page on which an open item of the checklist is settled."""
    row = next((r for r in rows.subjects if r.subject.code == subject_code), None)
    if row is None:
        return ""
    of_subject = {
        ItemKind.CONSENT.value: "consent",
        ItemKind.ELIGIBILITY.value: "screening",
        ItemKind.ENDORSEMENT.value: "endorse",
    }
    if kind in of_subject:
        return address(of_subject[kind], subject_code)
    if kind == ItemKind.INFUSION:
        return _of("infusion", {str(i.number): i.pk for i in row.infusions}, target)
    if kind == ItemKind.DEVIATION:
        return address("deviation", int(target))
    if kind == ItemKind.EVENT:
        return _of("event", {str(e.number): e.pk for e in row.events}, target)
    return _of("visit", {v.code: v.pk for v in row.visits}, target) or address("subject", subject_code)


def _of(name: str, keys: dict[str, int], target: str) -> str:
    return address(name, keys[target]) if target in keys else ""
