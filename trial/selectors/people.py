"""People of a study: what they are, what was delegated to them, and whether that is in force today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from trial.models import Delegation, Membership, Site, SiteActivation, Study, User
from trial.rules.roles import ROLE_LABELS, TASK_LABELS, DelegatedTask, Role


@dataclass(frozen=True, slots=True)
class RoleLine:
    """A membership on a day. ``in_force``: begun and not ended, of an active account."""

    membership: Membership
    role: str
    in_force: bool


@dataclass(frozen=True, slots=True)
class PersonLine:
    user: User
    roles: tuple[RoleLine, ...]


@dataclass(frozen=True, slots=True)
class DelegationLine:
    """``why``: what takes it out of force on that day; empty while it is in force."""

    delegation: Delegation
    tasks: tuple[str, ...]
    why: str

    @property
    def in_force(self) -> bool:
        return not self.why


@dataclass(frozen=True, slots=True)
class SiteLine:
    site: Site
    activation: SiteActivation | None


def people_query(study: Study) -> QuerySet[User]:
    """Whoever has, had or can get a role in this study; background services are no people."""
    rows = User.objects.filter(is_service=False).filter(Q(memberships__study=study) | Q(memberships__isnull=True))
    memberships = Membership.objects.filter(study=study).select_related("site").order_by("valid_from", "id")
    return rows.distinct().prefetch_related(Prefetch("memberships", memberships)).order_by("username")


def person_line(user: User, *, on: date) -> PersonLine:
    lines = (
        RoleLine(membership, ROLE_LABELS[Role(membership.role)], user.is_active and _covers(membership, on))
        for membership in user.memberships.all()
    )
    return PersonLine(user=user, roles=tuple(lines))


def people_of(study: Study, *, on: date) -> tuple[PersonLine, ...]:
    """Two queries."""
    return tuple(person_line(user, on=on) for user in people_query(study))


def delegation_log(study: Study, *, on: date, user: User | None = None) -> tuple[DelegationLine, ...]:
    """The log in the order in which it was signed. One query."""
    rows = Delegation.objects.filter(study=study).select_related("user", "site", "signature")
    if user is not None:
        rows = rows.filter(user=user)
    return tuple(delegation_line(row, on=on) for row in rows.order_by("id"))


def delegation_line(delegation: Delegation, *, on: date) -> DelegationLine:
    tasks = tuple(TASK_LABELS[DelegatedTask(task)] for task in delegation.tasks)
    return DelegationLine(delegation=delegation, tasks=tasks, why=_why_not(delegation, on))


def active_people(study: Study) -> QuerySet[User]:
    """To whom something can be delegated."""
    return (
        User.objects.filter(memberships__study=study, is_active=True, is_service=False).distinct().order_by("username")
    )


def sites_of(study: Study) -> Sequence[SiteLine]:
    """Each site with its activation under the version in force, if there is one."""
    current = SiteActivation.objects.filter(protocol_version__state="ACTIVE").select_related("protocol_version")
    sites = Site.objects.filter(study=study).prefetch_related(Prefetch("activations", current, to_attr="current"))
    return [SiteLine(site, next(iter(site.current), None)) for site in sites.order_by("code")]


def has_membership(*, user: User, study: Study, site: Site | None, role: str, valid_from: date) -> bool:
    return Membership.objects.filter(user=user, study=study, site=site, role=role, valid_from=valid_from).exists()


def _covers(membership: Membership, on: date) -> bool:
    return membership.valid_from <= on and (membership.valid_until is None or membership.valid_until >= on)


def _why_not(line: Delegation, on: date) -> str:
    if not line.user.is_active:
        return _("the account is not active")
    if line.signature_id is None:
        return _("not signed")
    if line.revoked_on is not None and line.revoked_on <= on:
        return _("revoked")
    if line.valid_from > on:
        return _("not begun")
    if line.valid_until is not None and line.valid_until < on:
        return _("ended")
    return _("training has lapsed") if line.training_valid_until < on else ""
