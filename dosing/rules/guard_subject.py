"""May this subject be dosed: alive, taking part, consented, eligible, and due for this very infusion."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from dosing.rules.guard_facts import GuardFacts
from dosing.rules.states import InfusionState
from enrollment.rules.reconsent import reconsent_due
from trial.rules.decision import Reason
from trial.rules.site_time import site_date

_ENDED = frozenset({InfusionState.COMPLETED, InfusionState.STOPPED_EARLY})
_CONSENT = "ICH E6(R3) 2.8 (informed consent); Protocol exclusion 1"
_ELIGIBILITY = "Protocol, eligibility; ICH E6(R3) 2.2"
_EXPIRY = "Protocol, validity of results at the first infusion"
_REGIMEN = "Protocol, cohorts: one, two, three infusions"


def subject_reasons(facts: GuardFacts, *, at: datetime) -> Iterator[Reason]:
    yield from _standing(facts, at=at)
    yield from _consent(facts, at=at)
    yield from _eligibility(facts, at=at)
    yield from _number(facts, at=at)


def _standing(facts: GuardFacts, *, at: datetime) -> Iterator[Reason]:
    if facts.died_at is not None and facts.died_at <= at:
        yield Reason("DOS-DIED", "The subject has died.", "House rule")
    if facts.withdrawn_on is not None and facts.withdrawn_on <= site_date(at, timezone=facts.timezone):
        yield Reason("DOS-WITHDRAWN", f"The subject was withdrawn on {facts.withdrawn_on}.", _CONSENT)
    if facts.lost_on is not None and facts.lost_on <= site_date(at, timezone=facts.timezone):
        message = (
            f"The subject is on record as lost to follow-up since {facts.lost_on}; record first who was found again."
        )
        yield Reason("DOS-LOST", message, "House rule: nobody who cannot be followed up is dosed")
    if not facts.same_protocol_version:
        message = "The infusion was planned under another protocol version than the subject is on. Plan it again."
        yield Reason("DOS-VERSION", message, "ICH E6(R3) 4.3.5")


def _consent(facts: GuardFacts, *, at: datetime) -> Iterator[Reason]:
    """A consent in force, no withdrawal of any kind, and no newer version that must be signed again."""
    given = [consent for consent in facts.consents if consent.in_force.covers(at)]
    withdrawn = facts.consent_withdrawn_at is not None and facts.consent_withdrawn_at <= at
    if not given or withdrawn:
        what = "was withdrawn" if withdrawn else "is not on file"
        yield Reason("DOS-CONSENT", f"A signed informed consent {what}.", _CONSENT)
        return
    due = reconsent_due(
        signed=[consent.approved_on for consent in given],
        required=facts.required_consents,
        today=site_date(at, timezone=facts.timezone),
    )
    if due:
        yield Reason("DOS-RECONSENT", f"Consent version {due.version} must be signed first.", _CONSENT)


def _eligibility(facts: GuardFacts, *, at: datetime) -> Iterator[Reason]:
    eligibility = facts.eligibility
    if eligibility is None or eligibility.signed_at is None or eligibility.signed_at > at:
        message = "No investigator has signed that this subject meets all criteria of the protocol version in force."
        yield Reason("DOS-ELIGIBILITY-UNSIGNED", message, _ELIGIBILITY)
        return
    if not eligibility.intact:
        message = "A fact changed after eligibility was signed: the signature is broken. Sign again."
        yield Reason("DOS-ELIGIBILITY-BROKEN", message, _ELIGIBILITY)
    if eligibility.verdict != "eligible":
        message = f"The signed verdict is “{eligibility.verdict or 'not known'}”, not “eligible”."
        yield Reason("DOS-ELIGIBILITY-VERDICT", message, _ELIGIBILITY)
    until = eligibility.stands_until
    if facts.infusion_number == 1 and until is not None and site_date(at, timezone=facts.timezone) > until:
        message = f"A result that eligibility rests on was valid until {until}: take it again, then sign again."
        yield Reason("DOS-ELIGIBILITY-EXPIRED", message, _EXPIRY)


def _number(facts: GuardFacts, *, at: datetime) -> Iterator[Reason]:
    if facts.cohort_infusions is not None and facts.infusion_number > facts.cohort_infusions:
        message = (
            f"Cohort {facts.cohort_number} receives {facts.cohort_infusions} "
            f"infusion(s) per subject; this would be number {facts.infusion_number}."
        )
        yield Reason("DOS-NUMBER", message, _REGIMEN)
    if facts.infusion_number > 1:
        before = facts.previous
        if before is None or before.state not in _ENDED or before.ended_at is None or before.ended_at > at:
            message = f"Infusion {facts.infusion_number - 1} has not been given and ended."
            yield Reason("DOS-SEQUENCE", message, _REGIMEN)
