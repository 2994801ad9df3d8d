"""The label of a product unit: who it is for, what it holds, until when, and its identifier as a QR code."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import segno

from dosing.models import ProductUnit
from dosing.rules.temperatures import limit_words
from dosing.views.lot_rows import plain
from reports.pdf import AttachedFile, pdf_of
from trial.models import Deployment, ProtocolVersion
from trial.rules.canonical import canonical_json, sha256_hex

_TEMPLATE = "pdf/label.html"
# Modules of quiet around the code, as its standard asks for (ISO/IEC 18004).
_QUIET = 4


def labelled_unit(pk: int) -> ProductUnit:
    return ProductUnit.objects.select_related("lot__study", "assigned_subject__site").get(pk=pk)


def label_content(unit: ProductUnit) -> dict[str, Any]:
    """What the label says. No person's name, no donor's."""
    version = ProtocolVersion.objects.get(study=unit.lot.study, state="ACTIVE")
    return {
        "study": unit.lot.study.registry_id,
        "product": version.definition.study.product_code,
        "lot": unit.lot.number,
        "unit": unit.number,
        "uuid": str(unit.uuid),
        "subject": unit.assigned_subject.code if unit.assigned_subject else None,
        "infusion": unit.assigned_infusion_number,
        "cells": unit.total_cells,
        "volume_ml": unit.volume_ml,
        "viability": unit.viability,
        "thawed_at": unit.thawed_at,
        "use_by_at": unit.use_by_at,
        "expires_at": unit.lot.expires_at,
        "storage": [f"{limit.label}: {limit_words(limit)}" for limit in version.definition.product.temperature_limits],
    }


def label_sha256(unit: ProductUnit) -> str:
    return sha256_hex(canonical_json(label_content(unit)))


class UnitLabelPdf:
    def __init__(self, unit: ProductUnit, *, created_at: datetime) -> None:
        self._unit = unit
        self._created_at = created_at

    def render(self) -> bytes:
        content = label_content(self._unit)
        text = canonical_json(content)
        return pdf_of(
            _TEMPLATE,
            self._context(content),
            attached=AttachedFile(
                name=f"label-{self._unit.lot.number}-{self._unit.number}.json",
                content=text,
                description="What the label says",
            ),
            identifier=sha256_hex(text),
            created_at=self._created_at.astimezone(UTC),
        )

    def _context(self, content: dict[str, Any]) -> dict[str, object]:
        unit = self._unit
        code = segno.make(str(unit.uuid), error="m", micro=False)
        deployment = Deployment.objects.first()
        site = unit.assigned_subject.site if unit.assigned_subject else unit.lot.study.sites.order_by("id")[0]
        return {
            "label": content,
            "zone": site.timezone,
            "viability_percent": None if unit.viability is None else plain(unit.viability * 100),
            "volume_ml": plain(unit.volume_ml),
            "code_path": _path(code.matrix_iter(border=_QUIET)),
            "code_size": code.symbol_size(border=_QUIET)[0],
            "created_at": self._created_at,
            "is_demonstration": deployment is None or deployment.is_demonstration,
        }


def _path(rows: Iterable[Iterable[int]]) -> str:
    """The dark modules as one path of unit squares, for a drawing that a template can hold as text."""
    return "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark)
