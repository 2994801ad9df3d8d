"""The dossier of a gate review: precisely what the signatories see, in one canonical document."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dosing.models import GuardBreach, Infusion
from safety.models import AdverseEvent
from safety.rules.gate import GateResult, WeighedEvent
from safety.selectors.gate import Assessment, assess
from safety.selectors.gate_facts import event_reference
from safety.selectors.gate_rows import SubjectRows
from trial.models import Cohort
from trial.rules.site_time import at_site

_WORDS = "Clopper-Pearson upper limits in percent of the true rate of participants with a qualifying event"


def dossier(cohort: Cohort, *, at: datetime) -> dict[str, Any]:
    """The dossier as of ``at``, under the number of the next review. Times on the site's clock; no identities."""
    return dossier_of(assess(cohort, at=at))


def dossier_of(assessment: Assessment) -> dict[str, Any]:
    rows, result = assessment.rows, assessment.result
    policy = assessment.policy
    return {
        "type": "gate_dossier",
        "study": rows.study.registry_id,
        "cohort": rows.cohort.number,
        "review": max((review.number for review in rows.reviews), default=0) + 1,
        "as_of": at_site(assessment.at, timezone=assessment.timezone),
        "site_zone": assessment.timezone,
        "protocol": {"version": rows.version.version, "sha256": rows.version.sha256},
        "policy": {
            "trigger": policy.trigger.value,
            "in_words": rows.definition.gate_presets[policy.trigger],
            "parameters": policy.model_dump(mode="json"),
        },
        "subjects": _subjects(assessment),
        "events": _events(assessment),
        "checklist": [
            {"subject": i.subject_code, "kind": i.kind, "target": i.target, "item": i.label, "met": i.is_met}
            | ({} if i.is_met else {"lacks": i.lacks})
            for i in assessment.checklist
        ],
        "holds": [
            {
                "kind": hold.kind,
                "scope": _scope(hold.subject_code, hold.cohort_id, cohort=rows.cohort),
                "reason": hold.reason,
            }
            for hold in rows.holds
            if hold.lifted_at is None
        ],
        "result": _result(result, timezone=assessment.timezone),
        "standing": standing(assessment),
    }


def standing(assessment: Assessment) -> dict[str, Any]:
    """What must still be so when a vote is signed: policy, verdict, counting events, evaluable subjects."""
    result = assessment.result
    return {
        "protocol_sha256": assessment.rows.version.sha256,
        "verdict": result.result.value,
        "qualifying": [[str(event.id), event.why] for event in result.qualifying_events],
        "evaluable": [subject.number for subject in result.subjects if subject.evaluable],
    }


def _result(result: GateResult, *, timezone: str) -> dict[str, Any]:
    limits = result.upper_limits
    return {
        "verdict": result.result.value,
        "reasons": [reason.as_dict() for reason in result.reasons],
        "under": {trigger.value: verdict.value for trigger, verdict in result.under.items()},
        "earliest_review_at": _local(result.earliest_review_at, timezone=timezone),
        "upper_confidence_limit_percent": {
            "what": _WORDS,
            "events": limits.events,
            "subjects": limits.subjects,
            "level": limits.level,
            "one_sided": limits.one_sided,
            "two_sided": limits.two_sided,
        },
    }


def _subjects(assessment: Assessment) -> list[dict[str, Any]]:
    weighed = {subject.number: subject for subject in assessment.result.subjects}
    observed_on = {subject.number: subject.d28_visit_on for subject in assessment.facts.subjects}
    zone = assessment.timezone
    table = []
    for row in assessment.rows.subjects:
        found = weighed.get(row.number)
        if found is None:
            continue
        table.append(
            {
                "number": row.number,
                "code": row.subject.code,
                "slot": row.allocation.slot.label,
                "replaced_by": row.replaced_by,
                "infusions": [_infusion(infusion, assessment=assessment) for infusion in row.started],
                "window_opens_at": _local(found.window_opens_at, timezone=zone),
                "window_closes_at": _local(found.window_closes_at, timezone=zone),
                "observation_visit_on": observed_on.get(row.number),
                "evaluable": found.evaluable,
                "why": found.why,
            }
        )
    return table


def _infusion(infusion: Infusion, *, assessment: Assessment) -> dict[str, Any]:
    version = assessment.rows.versions[infusion.protocol_version_id]
    return {
        "number": infusion.number,
        "started_at": _local(infusion.started_at, timezone=assessment.timezone),
        "ended_at": _local(infusion.ended_at, timezone=assessment.timezone),
        "planned_million_per_kg": version.definition.regimen.dose_million_per_kg,
        "given_million_per_kg": infusion.given_million_per_kg,
        "stop_reason": infusion.stop_reason,
        **_breach(infusion),
    }


def _breach(infusion: Infusion) -> dict[str, Any]:
    """Of an infusion that was given in spite of the guard: the conditions that were not met. It counts all the same."""
    breach: GuardBreach | None = getattr(infusion, "breach", None)
    return {"violated": breach.violated, "breach_reason": breach.reason} if breach else {}


def _events(assessment: Assessment) -> list[dict[str, Any]]:
    """Every event of the cohort, voided ones included, and those that other records imply; each with its why."""
    result = assessment.result
    findings: dict[str, tuple[bool, WeighedEvent]] = {str(e.id): (True, e) for e in result.qualifying_events}
    findings |= {str(e.id): (False, e) for e in result.other_events}
    table = [
        _event(event, row=row, finding=findings.pop(event_reference(event), None))
        for row in assessment.rows.subjects
        for event in row.events
    ]
    implied = [
        {"id": identifier, "implied": True, "qualifies": counts, "why": weighed.why}
        for identifier, (counts, weighed) in sorted(findings.items())
    ]
    return [*table, *implied]


def _event(event: AdverseEvent, *, row: SubjectRows, finding: tuple[bool, WeighedEvent] | None) -> dict[str, Any]:
    qualifies, why = (False, "recorded after the data cut-off") if finding is None else (finding[0], finding[1].why)
    return {
        "id": event_reference(event),
        "implied": False,
        "subject": row.number,
        "term": event.ctcae_term or event.reported_term,
        "onset": event.onset,
        "ended": event.ended,
        "grades": [{"grade": g.grade, "on": g.graded_on} for g in row.grades[event.pk]],
        "serious": event.serious,
        "relationship": event.relationship,
        "special_interest": event.special_interest,
        "outcome": event.outcome,
        "voided": event.voided_at is not None,
        "void_reason": event.void_reason,
        "qualifies": qualifies,
        "why": why,
    }


def frozen_standing(document: Mapping[str, Any]) -> dict[str, Any]:
    """What a frozen dossier concluded, as ``standing`` gives it for now."""
    found = document["standing"]
    return {str(key): value for key, value in found.items()}


def _scope(subject_code: str, cohort_id: int | None, *, cohort: Cohort) -> str:
    if subject_code:
        return subject_code
    if cohort_id is None:
        return "study"
    return str(cohort) if cohort_id == cohort.pk else "another cohort"


def _local(instant: datetime | None, *, timezone: str) -> datetime | None:
    return None if instant is None else at_site(instant, timezone=timezone)
