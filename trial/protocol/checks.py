"""What the single fields of a definition cannot show: values that must agree, and values without provenance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from zoneinfo import available_timezones

from trial.protocol.paths import Plain, find, leaves
from trial.protocol.schema import ProtocolDefinition, Provenance, Trigger

Problem = tuple[str, str]

_WITHOUT_PROVENANCE = frozenset({"schema_version", "version", "provenance"})


def shortcomings(definition: ProtocolDefinition, content: dict[str, Plain]) -> list[Problem]:
    """Every problem as (path, what). ``content`` is the same definition as plain JSON."""
    return [
        *_repeated_names(definition),
        *_study(definition),
        *_regimen(definition),
        *_product(definition),
        *_eligibility(definition),
        *_gate(definition),
        *_presets(definition),
        *_schedule(definition),
        *_monitoring(definition),
        *_clocks(definition),
        *_questions(definition, content),
        *_provenance(definition, content),
    ]


def provenance_for(rows: Iterable[Provenance], path: str) -> Provenance | None:
    """The most specific entry that covers ``path``: its own or that of the nearest ancestor."""
    covering = [row for row in rows if path == row.path or path.startswith(f"{row.path}.")]
    return max(covering, key=lambda row: len(row.path), default=None)


def _repeated(names: Iterable[str]) -> list[str]:
    known: set[str] = set()
    return [name for name in names if name in known or known.add(name)]  # type: ignore[func-returns-value]


def _repeated_names(d: ProtocolDefinition) -> Iterator[Problem]:
    lists: dict[str, Iterable[str]] = {
        "outcomes": (row.code for row in d.outcomes),
        "sites": (row.code for row in d.sites),
        "criteria": (row.code for row in d.criteria),
        "clocks": (row.code for row in d.clocks),
        "questions": (row.code for row in d.questions),
        "special_interest_terms": d.special_interest_terms,
        "product.release_criteria": (row.code for row in d.product.release_criteria),
        "product.temperature_limits": (row.code for row in d.product.temperature_limits),
        "gate.signatories": d.gate.signatories,
        "gate.hold_lift_signatories": d.gate.hold_lift_signatories,
        "schedule.visits": (row.code for row in d.schedule.visits),
        "schedule.procedures": (row.code for row in d.schedule.procedures),
        "monitoring.fields": (row.code for row in d.monitoring.fields),
        "monitoring.symptoms": (row.code for row in d.monitoring.symptoms),
        "monitoring.alerts": (row.code for row in d.monitoring.alerts),
    }
    for path, names in lists.items():
        yield from ((path, f"{name} is given twice") for name in _repeated(names))


def _study(d: ProtocolDefinition) -> Iterator[Problem]:
    slots = sum(cohort.size for cohort in d.cohorts)
    if not d.cohorts:
        yield "cohorts", "at least one cohort is needed"
    if not d.sites:
        yield "sites", "at least one site is needed"
    if d.study.max_dosed < slots:
        yield "study.max_dosed", f"smaller than the {slots} slots of the cohorts"
    for site in d.sites:
        if site.timezone not in available_timezones():
            yield f"sites.{site.code}.timezone", f"{site.timezone} is not a known time zone"


def _regimen(d: ProtocolDefinition) -> Iterator[Problem]:
    if d.regimen.interval_early_days >= d.regimen.interval_days:
        yield "regimen.interval_early_days", "must be smaller than regimen.interval_days"


def _product(d: ProtocolDefinition) -> Iterator[Problem]:
    for row in d.product.release_criteria:
        path = f"product.release_criteria.{row.code}"
        numeric = row.minimum is not None or row.maximum is not None
        if numeric == (row.accepted is not None):
            yield path, "give either a numeric limit or an accepted result"
        if row.minimum is not None and row.maximum is not None and row.minimum > row.maximum:
            yield path, "minimum is above maximum"
        if row.late != (row.late_days is not None):
            yield path, "give late_days for a late test, and for no other"
    for limit in d.product.temperature_limits:
        low, high = limit.minimum_celsius, limit.maximum_celsius
        if low is None and high is None:
            yield f"product.temperature_limits.{limit.code}", "give a minimum or a maximum"
        if low is not None and high is not None and low > high:
            yield f"product.temperature_limits.{limit.code}", "minimum is above maximum"


def _eligibility(d: ProtocolDefinition) -> Iterator[Problem]:
    e = d.eligibility
    if e.age_minimum_years > e.age_maximum_years:
        yield "eligibility.age_minimum_years", "above eligibility.age_maximum_years"
    if e.a_fvc_decline_lower_percent > e.a_fvc_decline_percent:
        yield "eligibility.a_fvc_decline_lower_percent", "above eligibility.a_fvc_decline_percent"
    if e.a_reference_minimum_months > e.a_reference_maximum_months:
        yield "eligibility.a_reference_minimum_months", "above eligibility.a_reference_maximum_months"
    for drug in sorted(set(e.listed_immunosuppressants) & set(e.attested_immunosuppressants)):
        yield "eligibility.attested_immunosuppressants", f"{drug} is also in listed_immunosuppressants"


def _gate(d: ProtocolDefinition) -> Iterator[Problem]:
    g = d.gate
    for cohort, allowed, evaluable in zip(d.cohorts, g.allowed_events, g.required_evaluable, strict=True):
        if evaluable > cohort.size:
            yield (
                "gate.required_evaluable",
                f"{evaluable} is more than the {cohort.size} slots of cohort {cohort.number}",
            )
        if allowed >= cohort.size:
            yield (
                "gate.allowed_events",
                f"{allowed} of {cohort.size} would let cohort {cohort.number} pass on any result",
            )
    for name in ("signatories", "hold_lift_signatories"):
        if not getattr(g, name):
            yield f"gate.{name}", "at least one signatory is needed"


def _presets(d: ProtocolDefinition) -> Iterator[Problem]:
    for trigger in Trigger:
        if trigger not in d.gate_presets:
            yield "gate_presets", f"{trigger} is missing"
        if trigger not in d.gate_preset_values:
            yield "gate_preset_values", f"{trigger} is missing"


def _schedule(d: ProtocolDefinition) -> Iterator[Problem]:
    visits = {visit.code for visit in d.schedule.visits}
    for visit in d.schedule.visits:
        if (visit.opens_after_hours is None) != (visit.closes_after_hours is None):
            yield f"schedule.visits.{visit.code}", "give both opens_after_hours and closes_after_hours, or neither"
    for row in d.schedule.procedures:
        for code in row.at:
            if code not in visits:
                yield f"schedule.procedures.{row.code}.at.{code}", "no such visit"


def disagreements(d: ProtocolDefinition) -> Iterator[Problem]:
    """Where gate and schedule differ: the gate waits for the visit at the end of its window.

    Apart from ``shortcomings``, because a question may change the one without the other; a shipped definition may not.
    """
    closing = next((visit for visit in d.schedule.visits if visit.code == f"D{d.gate.window_days}"), None)
    if closing is None or closing.nominal_day != d.gate.window_days:
        yield "gate.window_days", f"the schedule has no visit D{d.gate.window_days} on that day"
        return
    if closing.early_days != d.gate.d28_early_days:
        yield "gate.d28_early_days", f"schedule.visits.{closing.code}.early_days says {closing.early_days}"
    if closing.late_days != d.gate.d28_late_days:
        yield "gate.d28_late_days", f"schedule.visits.{closing.code}.late_days says {closing.late_days}"


def _monitoring(d: ProtocolDefinition) -> Iterator[Problem]:
    m = d.monitoring
    fields = {row.code for row in m.fields}
    for alert in m.alerts:
        if alert.field not in fields:
            yield f"monitoring.alerts.{alert.code}.field", f"no field {alert.field}"
    for name in ("minutes_from_start", "minutes_from_end"):
        minutes = getattr(m, name)
        if not minutes or list(minutes) != sorted(set(minutes)):
            yield f"monitoring.{name}", "must be ascending, without repetition"
    if m.next_morning_visit not in {visit.code for visit in d.schedule.visits}:
        yield "monitoring.next_morning_visit", f"no visit {m.next_morning_visit}"


def _clocks(d: ProtocolDefinition) -> Iterator[Problem]:
    codes = {clock.code for clock in d.clocks}
    for clock in d.clocks:
        if clock.detail_of is not None and clock.detail_of not in codes - {clock.code}:
            yield f"clocks.{clock.code}.detail_of", f"no other clock {clock.detail_of}"


def _questions(d: ProtocolDefinition, content: dict[str, Plain]) -> Iterator[Problem]:
    for question in d.questions:
        for path in question.parameters:
            if find(content, path) is None:
                yield f"questions.{question.code}.parameters", f"nothing stands at {path}"


def _provenance(d: ProtocolDefinition, content: dict[str, Plain]) -> Iterator[Problem]:
    for name in _repeated(row.path for row in d.provenance):
        yield f"provenance.{name}", "given twice"
    for row in d.provenance:
        if find(content, row.path) is None:
            yield f"provenance.{row.path}", "nothing stands at this path"
    for path, _value in leaves(content):
        if path.split(".")[0] not in _WITHOUT_PROVENANCE and provenance_for(d.provenance, path) is None:
            yield path, "no provenance"
