"""Screening facts, the investigator's signature on the verdict, and screening failure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from enrollment.models import EligibilitySnapshot, Screening
from enrollment.rules.interviews import INTERVIEW_KEYS, may_state_support
from enrollment.rules.notices import before_signing
from enrollment.rules.screening_changes import changed_keys, may_change_facts, may_fail, may_sign
from enrollment.rules.states import SubjectState
from enrollment.rules.stored_facts import stored_facts
from enrollment.selectors.eligibility import DERIVED_KEYS, evaluate_screening
from enrollment.services.closing import close_as_failed
from enrollment.services.facts import store
from enrollment.services.states import advance
from trial.errors import StaleRecord, require
from trial.models import User
from trial.permissions import Permission
from trial.permissions import require as require_permission
from trial.rules.site_time import site_date
from trial.rules.states import Meaning
from trial.services.regulated import regulated
from trial.services.signatures import Proof, sign


def save_facts(
    *, screening: Screening, facts: dict[str, Any], seen_sha256: str, reason: str, by: User, at: datetime
) -> Screening:
    """Save what is known, with the keys of the eligibility contract. A saved value changes only with a reason.

    ``seen_sha256`` is the hash of the facts the person had before them: who saw others is told, and loses nothing.
    Raises ``InputProblems`` (shape), ``RuleViolation``, ``StaleRecord``.
    """
    subject = screening.subject
    with regulated(by=by, act="screenings.save_facts", study=subject.study, reason=reason):
        require_permission(by, Permission.SCREENING_EDIT, study=subject.study, at=at, site=subject.site)
        screening = Screening.objects.select_related("subject__site", "subject__protocol_version").get(pk=screening.pk)
        if screening.facts_sha256 != seen_sha256:
            raise StaleRecord("Somebody else saved screening facts since you opened them. Compare, then save again.")
        entered = stored_facts(
            {key: value for key, value in facts.items() if key not in DERIVED_KEYS},
            definition=screening.subject.protocol_version.definition,
            on=site_date(at, timezone=screening.subject.site.timezone),
        )
        require(may_state_support(saved=screening.facts, entered=entered))
        entered |= {key: screening.facts[key] for key in INTERVIEW_KEYS & screening.facts.keys()}
        changed = changed_keys(saved=screening.facts, entered=entered)
        require(may_change_facts(SubjectState(screening.subject.state), changed=changed, reason=reason))
        store(screening, entered)
        return screening


def sign_eligibility(*, screening: Screening, proof: Proof, at: datetime) -> EligibilitySnapshot:
    """The investigator signs the frozen verdict. Only "eligible" can be signed: nothing waives a criterion.

    Source: ICH E6(R3) 2.2; prospective waivers are deviations.
    """
    subject = screening.subject
    with regulated(by=proof.user, act="screenings.sign_eligibility", study=subject.study):
        role = require_permission(
            proof.user, Permission.ELIGIBILITY_SIGN, study=subject.study, at=at, site=subject.site
        )
        screening = Screening.objects.select_related("subject__site", "subject__protocol_version").get(pk=screening.pk)
        evaluation = evaluate_screening(screening, at=at)
        undocumented = before_signing(evaluation.assessment.notices)
        require(may_sign(SubjectState(screening.subject.state), evaluation.verdict, undocumented=undocumented))
        signature = sign(
            proof=proof,
            study=subject.study,
            role=role,
            meaning=Meaning.ELIGIBILITY,
            content=evaluation.content,
            seen_sha256=evaluation.content_sha256,
            at=at,
        )
        snapshot = EligibilitySnapshot.objects.create(
            screening=screening,
            protocol_version=screening.subject.protocol_version,
            facts_sha256=screening.facts_sha256,
            overall=evaluation.verdict.overall.value,
            content=signature.content,
            content_sha256=signature.content_sha256,
            evaluated_at=at,
            signature=signature,
        )
        if screening.subject.state == SubjectState.SCREENING:
            advance(screening.subject, SubjectState.ELIGIBLE)
        return snapshot


def fail(*, screening: Screening, by: User, at: datetime) -> Screening:
    """Close a screening that failed, with its evaluation frozen: the first and all failing criteria, and every value.

    Its data are kept. Source: Protocol, screening failure.
    """
    subject = screening.subject
    with regulated(by=by, act="screenings.fail", study=subject.study):
        require_permission(by, Permission.SCREENING_EDIT, study=subject.study, at=at, site=subject.site)
        screening = Screening.objects.select_related("subject__site", "subject__protocol_version").get(pk=screening.pk)
        evaluation = evaluate_screening(screening, at=at)
        require(may_fail(SubjectState(screening.subject.state), evaluation.verdict))
        return close_as_failed(evaluation, by=by, at=at)
