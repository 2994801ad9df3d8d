"""The accounts of a demonstration, their roles and what the principal investigator delegated to them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.contrib.auth.hashers import make_password

from enrollment.models import ConsentVersion
from enrollment.services import consent_versions
from enrollment.services.consent_versions import VersionEntry
from trial.demonstration import ACCOUNTS, PASSWORD, Account
from trial.models import Membership, ProtocolVersion, Study, User
from trial.rules.roles import Role
from trial.rules.site_time import site_date
from trial.services import delegations, sites
from trial.services.delegations import DelegationTerms
from trial.services.regulated import regulated
from trial.services.sealing import seal_membership, seal_password
from trial.services.signatures import Proof
from trial.services.studies import service_user

# Sponsor-side people see every site; the others work at one.
_STUDY_WIDE = frozenset(
    {
        Role.MEDICAL_MONITOR,
        Role.DSMB_MEMBER,
        Role.MONITOR,
        Role.DATA_MANAGER,
        Role.SPONSOR,
        Role.AUDITOR,
        Role.ADMINISTRATOR,
        Role.QUALITY_ASSURANCE,
        Role.PHARMACIST,
        Role.PRINCIPAL_INVESTIGATOR,
    }
)


def proof(user: User, content_sha256: str) -> Proof:
    """A signature's proof in a story told by a program: no password was typed, and the signature says so."""
    return Proof(user=user, method="demonstration", content_sha256=content_sha256)


def make_accounts(study: Study, *, at: datetime, password: str = PASSWORD) -> dict[str, User]:
    """All accounts with their memberships. One hash for the one documented password: hashing is slow on purpose."""
    service = service_user()
    hashed = make_password(password)
    site = study.sites.get()
    day = site_date(at, timezone=site.timezone)
    people: dict[str, User] = {}
    with regulated(by=service, act="demonstration.people"):
        for account in ACCOUNTS:
            user = User(
                username=account.username,
                printed_name=account.printed_name,
                email=f"{account.username}@stepwise.example",
                password=hashed,
            )
            seal_password(user)
            user.save(force_insert=True)
            where = None if account.role in _STUDY_WIDE else site
            membership = Membership(user=user, study=study, site=where, role=account.role.value, valid_from=day)
            seal_membership(membership)
            membership.save(force_insert=True)
            people[account.username] = user
    return people


def delegate_tasks(study: Study, people: dict[str, User], *, at: datetime) -> None:
    """The principal investigator signs the delegation log: tasks for a year, training valid for a year."""
    day = site_date(at, timezone=study.sites.get().timezone)
    for account in ACCOUNTS:
        if account.tasks:
            terms = _terms(account, people[account.username], day=day)
            delegations.delegate(study=study, terms=terms, proof=proof(people["investigator"], terms.sha256()), at=at)


def _terms(account: Account, user: User, *, day: date) -> DelegationTerms:
    return DelegationTerms(
        user=user,
        tasks=account.tasks,
        valid_from=day,
        valid_until=None,
        training_valid_until=day + timedelta(days=730),
    )


def open_site(study: Study, people: dict[str, User], *, at: datetime) -> ConsentVersion:
    """Approvals, activation (which opens cohort 1) and the approved consent form."""
    site = study.sites.get()
    day = site_date(at, timezone=site.timezone)
    sites.activate(
        site=site,
        protocol_version=ProtocolVersion.objects.get(study=study, state="ACTIVE"),
        ethics_approved_on=day - timedelta(days=20),
        authority_approved_on=day - timedelta(days=12),
        by=people["admin"],
        at=at,
    )
    return consent_versions.approve(
        entry=VersionEntry(
            site=site,
            label="1.0",
            language="zh-Hant",
            approved_on=day - timedelta(days=20),
            approval_reference="CMUH113-REC1-101",
        ),
        by=people["admin"],
        at=at,
    )


def new_consent_form(study: Study, people: dict[str, User], *, at: datetime) -> ConsentVersion:
    """The second form of the site, which everybody who takes part has to sign within four weeks."""
    site = study.sites.get()
    day = site_date(at, timezone=site.timezone)
    return consent_versions.approve(
        entry=VersionEntry(
            site=site,
            label="1.1",
            language="zh-Hant",
            approved_on=day - timedelta(days=3),
            approval_reference="CMUH113-REC1-101(AR-2)",
            reconsent_required=True,
            reconsent_by=day + timedelta(days=28),
        ),
        by=people["admin"],
        at=at,
    )
