"""The protocol version in force, for reading: every value with its source and the open questions behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from trial.models import ProtocolVersion, SiteActivation
from trial.protocol.loading import plain, provenance_of
from trial.protocol.paths import Plain, find, leaves
from trial.protocol.schema import ProcedurePlan, ProtocolDefinition, Source

# Sections shown value by value, in the order in which a reader wants them.
SECTIONS = ("study", "regimen", "gate", "stopping", "eligibility", "product")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolValue:
    """``questions``: codes of the open protocol questions whose reading this value is."""

    path: str
    label: str
    value: str
    source: Source
    reference: str
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One procedure with what is asked at each visit, in the order of the visits; empty: not done there."""

    procedure: ProcedurePlan
    cells: tuple[str, ...]


def values_of(definition: ProtocolDefinition, section: str) -> tuple[ProtocolValue, ...]:
    """Every single value below ``section``."""
    place = find(plain(definition), section)
    questions = _questions_by_path(definition)
    found = () if place is None else tuple(leaves(place.read(), section))
    return tuple(_value(definition, path, value, questions) for path, value in found)


def _value(
    definition: ProtocolDefinition, path: str, value: Plain, questions: Mapping[str, tuple[str, ...]]
) -> ProtocolValue:
    origin = provenance_of(definition, path)
    return ProtocolValue(
        path=path,
        label=path.split(".", 1)[1].replace(".", " · ").replace("_", " ").capitalize() if "." in path else path,
        value=_words(value),
        source=origin.source,
        reference=origin.reference,
        questions=questions.get(path, ()),
    )


def _words(value: Plain) -> str:
    if value is None:
        return _("none")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_words(item) for item in value) or _("none")
    return str(value)


def _questions_by_path(definition: ProtocolDefinition) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for question in definition.questions:
        for path in question.parameters:
            found[path] = (*found.get(path, ()), question.code)
    return found


def assessment_matrix(definition: ProtocolDefinition) -> tuple[MatrixRow, ...]:
    """The schedule of assessments: procedures down, visits across."""
    codes = [visit.code for visit in definition.schedule.visits]
    return tuple(
        MatrixRow(procedure, tuple(str(procedure.at.get(code, "")) for code in codes))
        for procedure in definition.schedule.procedures
    )


def activations_of(version: ProtocolVersion) -> Sequence[SiteActivation]:
    return tuple(SiteActivation.objects.filter(protocol_version=version).select_related("site").order_by("site__code"))
