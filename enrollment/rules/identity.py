"""When an identity may be recorded, corrected and opened, by whom, and for what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from enrollment.rules.identity_document import Identity
from enrollment.rules.identity_number import against_number
from enrollment.rules.identity_text import repeats
from enrollment.rules.states import OpeningPurpose, WithdrawalScope
from trial.rules.decision import Decision, Reason
from trial.rules.roles import ROLE_LABELS, Role

_SOURCE = "Taiwan GCP articles 103 and 106; Personal Data Protection Act"
_HISTORY = "21 CFR 11.10(e); ICH E6(R3) 4.2.4"
LONGEST_LIFE_YEARS = 120

_SITE = frozenset({OpeningPurpose.CONTACT, OpeningPurpose.IDENTITY_CHECK, OpeningPurpose.CLINICAL_SAFETY})
_WHOLE = frozenset(OpeningPurpose)
# Who may state which purpose. Whoever is not here opens nothing.
PURPOSES: Mapping[Role, frozenset[OpeningPurpose]] = {
    Role.PRINCIPAL_INVESTIGATOR: _WHOLE,
    Role.SUBINVESTIGATOR: _WHOLE,
    Role.COORDINATOR: _WHOLE,
    Role.NURSE: _SITE,
    Role.SOCIAL_WORKER: frozenset({OpeningPurpose.CONTACT, OpeningPurpose.IDENTITY_CHECK}),
    Role.MONITOR: frozenset({OpeningPurpose.SOURCE_CHECK, OpeningPurpose.INSPECTION}),
}
# What is left after a participant withdrew from the use of data: their own safety, and the duty towards inspectors.
AFTER_WITHDRAWAL = frozenset({OpeningPurpose.CLINICAL_SAFETY, OpeningPurpose.INSPECTION})
_NO_DATA = frozenset({WithdrawalScope.DATA_USE, WithdrawalScope.ALL})


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultFacts:
    """What the vault asks about a subject. ``consent_signed``: at any time; ``withdrawn``: from what, so far."""

    consent_signed: bool
    withdrawn: frozenset[WithdrawalScope]
    is_recorded: bool

    @property
    def data_withdrawn(self) -> bool:
        return bool(self.withdrawn & _NO_DATA)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFacts:
    """``today``: at the site. ``same_person``: code of another subject of the study with this number, if any."""

    vault: VaultFacts
    today: date
    same_person: str | None


def purposes_for(roles: frozenset[Role], facts: VaultFacts) -> tuple[OpeningPurpose, ...]:
    """The purposes that somebody in these roles may state for this subject now, in their order."""
    allowed = frozenset[OpeningPurpose]().union(*(PURPOSES.get(role, frozenset()) for role in roles))
    left = allowed & AFTER_WITHDRAWAL if facts.data_withdrawn else allowed
    return tuple(purpose for purpose in OpeningPurpose if purpose in left)


def role_for(roles: frozenset[Role], purpose: OpeningPurpose) -> Role | None:
    """The role in which somebody opens for this purpose; None: in none that they hold."""
    return next((role for role in Role if role in roles and purpose in PURPOSES.get(role, frozenset())), None)


def may_open(facts: VaultFacts, *, roles: frozenset[Role], purpose: OpeningPurpose) -> Decision:
    """Every reason against opening. Source: Taiwan GCP article 103 (identity only after the signed consent)."""
    return Decision.of(
        [
            *_opening_conditions(facts),
            None if role_for(roles, purpose) else _not_this_purpose(purpose),
            _withdrawn_for(purpose) if facts.data_withdrawn and purpose not in AFTER_WITHDRAWAL else None,
        ]
    )


def may_open_at_all(facts: VaultFacts) -> Decision:
    """Every reason against opening whatever the purpose, for the page that has none yet."""
    return Decision.of(_opening_conditions(facts))


def may_enter(facts: VaultFacts) -> Decision:
    """Every reason against recording or correcting whatever is entered, for the page before anything is."""
    return Decision.of(
        [
            _no_consent(facts),
            Reason("IDV-WITHDRAWN", "The participant withdrew from the use of data: nothing is added.", _SOURCE)
            if facts.data_withdrawn
            else None,
        ]
    )


def may_record(facts: EntryFacts, identity: Identity) -> Decision:
    """Every reason against recording this identity for the first time."""
    twice = "The identity of this subject is recorded already; it can be corrected."
    return (
        may_enter(facts.vault)
        + Decision.of([Reason("IDV-RECORDED", twice, _SOURCE) if facts.vault.is_recorded else None])
        + _values(facts, identity)
    )


def may_correct(facts: EntryFacts, identity: Identity, *, old: Identity | None, reason: str) -> Decision:
    """Every reason against replacing an identity. ``old`` is None when what is stored can no longer be read."""
    return (
        may_enter(facts.vault)
        + Decision.of(
            [
                None if facts.vault.is_recorded else _not_recorded(),
                None if reason.strip() else Reason("IDV-REASON", "Say why the identity is corrected.", _HISTORY),
                Reason("IDV-SAME", "Nothing differs from what is recorded.", _HISTORY) if identity == old else None,
                against_text(reason, identities=(identity, old)),
            ]
        )
        + _values(facts, identity)
    )


def against_text(text: str, *, identities: tuple[Identity | None, ...]) -> Reason | None:
    """Why a text that is kept readable (a reason, a note) may not stand: it repeats what is sealed."""
    if not any(repeats(text, identity) for identity in identities if identity is not None):
        return None
    message = "This text is kept readable in the history: leave names, numbers, dates of birth and addresses out of it."
    return Reason("IDV-TEXT", message, _SOURCE)


def against_birth(born_on: date, *, today: date) -> Reason | None:
    """Why a date of birth cannot be right. Bounds inclusive: born today, or 120 years ago this year, can be."""
    if born_on <= today and today.year - born_on.year <= LONGEST_LIFE_YEARS:
        return None
    return Reason("IDV-BIRTH", "Nobody alive was born on this day. Compare with the document.", _SOURCE)


def _values(facts: EntryFacts, identity: Identity) -> Decision:
    return Decision.of(
        [
            against_number(identity.number_kind, identity.number),
            against_birth(identity.born_on, today=facts.today),
            _twice(facts.same_person),
        ]
    )


def _opening_conditions(facts: VaultFacts) -> list[Reason | None]:
    return [None if facts.is_recorded else _not_recorded(), _no_consent(facts)]


def _not_recorded() -> Reason:
    return Reason("IDV-NONE", "No identity is recorded for this subject.", _SOURCE)


def _no_consent(facts: VaultFacts) -> Reason | None:
    if facts.consent_signed:
        return None
    return Reason("IDV-CONSENT", "There is no signed consent on file: an identity is neither kept nor shown.", _SOURCE)


def _twice(code: str | None) -> Reason | None:
    if code is None:
        return None
    message = "The same person takes part as {code} already. Nobody takes part twice: do not go on with this subject."
    return Reason("IDV-TWICE", message.replace("{code}", code), "ICH E6(R3) Annex 1; protection against a second dose")


def _not_this_purpose(purpose: OpeningPurpose) -> Reason:
    roles = ", ".join(ROLE_LABELS[role] for role in Role if purpose in PURPOSES.get(role, frozenset()))
    return Reason("IDV-PURPOSE", f"An identity is opened for this purpose by: {roles}.", _SOURCE)


def _withdrawn_for(purpose: OpeningPurpose) -> Reason:
    message = "The participant withdrew from the use of data: only clinical safety and inspection are left as purposes."
    return Reason("IDV-WITHDRAWN", message, _SOURCE)
