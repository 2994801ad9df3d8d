"""What the investigator endorses of a subject, and what is still open before it makes sense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from enrollment.models import Allocation, Subject
from safety.rules.checklist import ChecklistItem, ItemKind
from safety.rules.endorsed_data import content_sha256
from safety.selectors.checklist import checklist, endorsable
from safety.selectors.gate_rows import cohort_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class EndorsementPage:
    """``open_items``: checklist items of the subject that are not met. ``stands``: these very data are endorsed."""

    subject: Subject
    content: dict[str, Any]
    content_sha256: str
    open_items: tuple[ChecklistItem, ...]
    stands: bool


def endorsement_page(subject: Subject) -> EndorsementPage | None:
    """None while the subject has received no infusion: there is nothing to endorse for a gate."""
    allocation = Allocation.objects.filter(subject=subject).select_related("slot__cohort").first()
    rows = cohort_rows(allocation.slot.cohort) if allocation else None
    row = next((row for row in rows.subjects if row.subject.pk == subject.pk and row.started), None) if rows else None
    if rows is None or row is None:
        return None
    content = endorsable(row, rows=rows)
    digest = content_sha256(content)
    return EndorsementPage(
        subject=row.subject,
        content=content,
        content_sha256=digest,
        open_items=tuple(
            item
            for item in checklist(rows)
            if item.subject_code == row.subject.code and not item.is_met and item.kind is not ItemKind.ENDORSEMENT
        ),
        stands=row.endorsed_sha256 == digest,
    )
