"""Accounts and memberships."""

from __future__ import annotations

from datetime import date, datetime

from django.contrib.auth.password_validation import validate_password

from trial.errors import ReauthenticationFailed, RuleViolation
from trial.models import Membership, Site, Study, User
from trial.permissions import Permission, require
from trial.rules.decision import Decision, Reason
from trial.rules.roles import Role
from trial.services.regulated import regulated
from trial.services.sealing import seal_membership, seal_password
from trial.services.studies import service_user

_SOURCE = "21 CFR 11.100(a); 11.300(a)"


def create_account(
    *, username: str, printed_name: str, email: str, password: str, study: Study, by: User, at: datetime
) -> User:
    """Create an account. User names are never reused: an account is deactivated, not deleted.

    Raises ``ValidationError`` for a weak password, ``RuleViolation`` for a name that was ever used.
    """
    with regulated(by=by, act="people.create_account"):
        require(by, Permission.PEOPLE_MANAGE, study=study, at=at)
        if User.objects.filter(username__iexact=username).exists():
            message = f"The user name “{username}” is or was in use; user names are never reused."
            raise RuleViolation(Decision((Reason("PEO-NAME", message, _SOURCE),)))
        user = User(username=username, printed_name=printed_name, email=email, initial_password=True)
        validate_password(password, user)
        _set_password(user, password)
        user.save(force_insert=True)
        return user


def change_password(*, user: User, present: str, new: str) -> User:
    """A person chooses a password of their own; nobody else knows it from then on.

    Raises ``ReauthenticationFailed`` for a wrong present password, ``ValidationError`` for a weak new one.
    Source: 21 CFR 11.300(b); 11.100(a).
    """
    with regulated(by=user, act="people.change_password"):
        user = User.objects.select_for_update().get(pk=user.pk)
        if not user.check_password(present):
            message = "The present password is not right. Nothing was changed."
            raise ReauthenticationFailed(Reason("reauthentication", message, _SOURCE))
        validate_password(new, user)
        _set_password(user, new)
        user.initial_password = False
        user.save(update_fields=["password", "password_mac", "initial_password"])
        return user


def _set_password(user: User, password: str) -> None:
    user.set_password(password)
    seal_password(user)


def add_membership(
    *, user: User, study: Study, site: Site | None, role: Role, valid_from: date, by: User, at: datetime
) -> Membership:
    """Give a person a role in the study, at one site or at all."""
    with regulated(by=by, act="people.add_membership"):
        require(by, Permission.PEOPLE_MANAGE, study=study, at=at)
        return _join(Membership(user=user, study=study, site=site, role=role.value, valid_from=valid_from))


def end_membership(*, membership: Membership, valid_until: date, reason: str, by: User, at: datetime) -> Membership:
    with regulated(by=by, act="people.end_membership", reason=reason):
        require(by, Permission.PEOPLE_MANAGE, study=membership.study, at=at)
        membership.valid_until = valid_until
        seal_membership(membership)
        membership.save(update_fields=["valid_until", "mac"])
        return membership


def deactivate(*, user: User, study: Study, reason: str, by: User, at: datetime) -> User:
    """Close an account. What its person signed stays valid and displayed (G42)."""
    with regulated(by=by, act="people.deactivate", reason=reason):
        require(by, Permission.PEOPLE_MANAGE, study=study, at=at)
        user.is_active = False
        user.save(update_fields=["is_active"])
        return user


def first_administrator(*, username: str, printed_name: str, password: str, study: Study, at: datetime) -> User:
    """The one account a real deployment begins with; made by the installation itself, once.

    Raises ``RuleViolation`` when anybody has an account already.
    """
    service = service_user()
    with regulated(by=service, act="people.first_administrator"):
        if User.objects.filter(is_service=False).exists():
            message = "This installation has accounts already: an administrator invites further people."
            raise RuleViolation(Decision((Reason("PEO-FIRST", message, _SOURCE),)))
        user = User(username=username, printed_name=printed_name, initial_password=True)
        _set_password(user, password)
        user.save(force_insert=True)
        administers = Membership(user=user, study=study, site=None, role=Role.ADMINISTRATOR.value, valid_from=at.date())
        _join(administers)
        return user


def _join(membership: Membership) -> Membership:
    seal_membership(membership)
    membership.save(force_insert=True)
    return membership
