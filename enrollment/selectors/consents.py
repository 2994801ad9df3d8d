"""Consents of a subject, the approved versions to choose from, and the people who may explain them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from enrollment.models import ConsentVersion, InformedConsent, Subject
from enrollment.rules.collection import Withdrawn
from enrollment.rules.states import ConsentStatus, WithdrawalScope
from trial.models import Delegation, Membership, Site, Study, User
from trial.permissions import Access, Permission


def consents_of(subject: Subject) -> tuple[InformedConsent, ...]:
    """All answers of a participant, the latest first; of the people their names only. One query."""
    rows = subject.consents.select_related("consent_version", "explained_by", "recorded_by")
    own = [field.name for field in InformedConsent._meta.concrete_fields]
    names = [f"{person}__{name}" for person in ("explained_by", "recorded_by") for name in ("username", "printed_name")]
    version = [f"consent_version__{name}" for name in ("label", "language", "approved_on")]
    return tuple(rows.only(*own, *names, *version).order_by("-given_at", "-id"))


def withdrawn_scopes(subject: Subject) -> frozenset[WithdrawalScope]:
    """What the participant withdrew from so far."""
    rows = subject.consents.filter(withdrawn_at__isnull=False).values_list("withdrawal_scope", flat=True)
    return frozenset(WithdrawalScope(scope) for scope in rows)


def in_force(consents: Iterable[InformedConsent]) -> InformedConsent | None:
    """The signed consent that counts: of those not withdrawn the one on the version approved last. No query."""
    signed = [c for c in consents if c.status == ConsentStatus.SIGNED and c.withdrawn_at is None]
    return max(signed, key=lambda c: (c.consent_version.approved_on, c.given_at, c.pk), default=None)


def withdrawn_of(subject: Subject) -> Withdrawn | None:
    """The withdrawal of the participant as wide as it is now, and since when. One query."""
    rows = subject.consents.filter(withdrawn_at__isnull=False)
    widest = max(rows, key=lambda row: list(WithdrawalScope).index(WithdrawalScope(row.withdrawal_scope)), default=None)
    if widest is None or widest.withdrawn_at is None:
        return None
    return Withdrawn(scope=WithdrawalScope(widest.withdrawal_scope), since=widest.widened_at or widest.withdrawn_at)


def versions_at(sites: Collection[Site]) -> tuple[ConsentVersion, ...]:
    """The approved consent forms of these sites, the newest first."""
    rows = ConsentVersion.objects.filter(site__in=sites).select_related("site__study")
    return tuple(rows.order_by("site__code", "-approved_on", "-id"))


def explainers(study: Study, *, at: datetime, sites: Collection[Site]) -> tuple[User, ...]:
    """The people to whom obtaining consent is delegated at one of these sites on that day. Two queries."""
    memberships: dict[int, list[Membership]] = defaultdict(list)
    people: dict[int, User] = {}
    for membership in Membership.objects.filter(study=study, user__is_active=True).select_related("user"):
        memberships[membership.user_id].append(membership)
        people[membership.user_id] = membership.user
    delegations: dict[int, list[Delegation]] = defaultdict(list)
    for line in Delegation.objects.filter(study=study):
        delegations[line.user_id].append(line)
    found = [
        user
        for pk, user in people.items()
        if _may_explain(user, study, memberships[pk], delegations[pk], at=at, sites=sites)
    ]
    return tuple(sorted(found, key=lambda user: user.printed_name))


def _may_explain(
    user: User,
    study: Study,
    memberships: list[Membership],
    delegations: list[Delegation],
    *,
    at: datetime,
    sites: Collection[Site],
) -> bool:
    return any(
        Access(user, study, site.timezone, tuple(memberships), tuple(delegations)).may(
            Permission.CONSENT_RECORD, at=at, site=site
        )
        for site in sites
    )
