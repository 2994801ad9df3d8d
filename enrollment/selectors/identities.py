"""What the vault tells without being opened: whether an identity is recorded, what stands against it, who looked."""

from __future__ import annotations

import hashlib

from django.db.models import QuerySet

from enrollment.models import IdentityOpening, Subject, SubjectIdentity
from enrollment.rules.identity import VaultFacts
from enrollment.rules.states import ConsentStatus, WithdrawalScope
from trial.edge.context import TrialContext
from trial.permissions import TABLE, Permission
from trial.rules.roles import Role

_VERSION_LENGTH = 16


def identity_of(subject: Subject) -> SubjectIdentity | None:
    """The sealed identity with its key and whoever recorded it last. One query."""
    return SubjectIdentity.objects.select_related("key", "recorded_by").filter(subject=subject).first()


def vault_facts(subject: Subject, identity: SubjectIdentity | None) -> VaultFacts:
    """What decides about recording, correcting and opening. One query."""
    answers = list(subject.consents.values_list("status", "withdrawal_scope"))
    return VaultFacts(
        consent_signed=any(status == ConsentStatus.SIGNED for status, _scope in answers),
        withdrawn=frozenset(WithdrawalScope(scope) for _status, scope in answers if scope),
        is_recorded=identity is not None,
    )


def version_of(identity: SubjectIdentity) -> str:
    """A name for what is sealed now: another one after every correction."""
    return hashlib.sha256(identity.sealed.encode()).hexdigest()[:_VERSION_LENGTH]


def openings_of(subject: Subject) -> QuerySet[IdentityOpening]:
    """Who looked, the latest first."""
    rows = IdentityOpening.objects.filter(identity__subject=subject).select_related("opened_by")
    shown = ["identity", "opened_at", "role", "purpose", "note", "opened_by__username", "opened_by__printed_name"]
    return rows.only(*shown).order_by("-id")


def opening_roles(trial: TrialContext, subject: Subject) -> frozenset[Role]:
    """The roles that the person of a request holds at the subject's site and that may open an identity."""
    return trial.access.roles(at=trial.at, site=subject.site) & TABLE[Permission.IDENTITY_OPEN].roles
