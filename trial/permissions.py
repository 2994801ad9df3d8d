"""Who may do what: one total table from permission to roles and, where the act is delegable, the delegated task.

"May this person" stands here; "is it allowed now" stands in the rules. A person acts only in a role they hold at that
site on that site-local day and, for a delegated task, only while a signed delegation and valid training cover the day.
Source: ICH E6(R3) Annex 1; 21 CFR 11.10(d), (g).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from trial.errors import NotPermitted
from trial.models import Delegation, Membership, Site, Study, User
from trial.rules.decision import Decision, Reason
from trial.rules.roles import ROLE_LABELS, TASK_LABELS, DelegatedTask, Role

_SOURCE = "ICH E6(R3) Annex 1 (delegation); 21 CFR 11.10(g)"


class Permission(StrEnum):
    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    STUDY_VIEW = "study_view"
    SUBJECT_VIEW = "subject_view"
    SUBJECT_REGISTER = "subject_register"
    CONSENT_RECORD = "consent_record"
    CONSENT_VERSION_ENTER = "consent_version_enter"
    IDENTITY_RECORD = "identity_record"
    IDENTITY_OPEN = "identity_open"
    SCREENING_EDIT = "screening_edit"
    INTERVIEW_SIGN = "interview_sign"
    ELIGIBILITY_SIGN = "eligibility_sign"
    ALLOCATE = "allocate"
    PRODUCT_VIEW = "product_view"
    PRODUCT_HANDLE = "product_handle"
    PRODUCT_RELEASE = "product_release"
    PRODUCT_WITNESS = "product_witness"
    DECISION_READ = "decision_read"
    DEVIATION_VIEW = "deviation_view"
    DEVIATION_RAISE = "deviation_raise"
    DEVIATION_CLASSIFY = "deviation_classify"
    INFUSION_VIEW = "infusion_view"
    INFUSION_PREPARE = "infusion_prepare"
    INFUSION_ADMINISTER = "infusion_administer"
    INFUSION_VERIFY = "infusion_verify"
    INTER_INFUSION_SIGN = "inter_infusion_sign"
    BREACH_RECORD = "breach_record"
    VISIT_EDIT = "visit_edit"
    CONTACT_RECORD = "contact_record"
    EVENT_VIEW = "event_view"
    EVENT_RECORD = "event_record"
    EVENT_ASSESS = "event_assess"
    ENDORSE = "endorse"
    GATE_VIEW = "gate_view"
    GATE_CONVENE = "gate_convene"
    GATE_VOTE = "gate_vote"
    HOLD_PLACE = "hold_place"
    HOLD_LIFT = "hold_lift"
    HISTORY_VIEW = "history_view"
    REPORT_DOWNLOAD = "report_download"
    PEOPLE_VIEW = "people_view"
    PEOPLE_MANAGE = "people_manage"
    DELEGATION_SIGN = "delegation_sign"
    CLOCK_MOVE = "clock_move"
    STYLEGUIDE = "styleguide"


@dataclass(frozen=True, slots=True)
class Grant:
    roles: frozenset[Role]
    task: DelegatedTask | None = None


_INVESTIGATORS = frozenset({Role.PRINCIPAL_INVESTIGATOR, Role.SUBINVESTIGATOR})
_WARD = _INVESTIGATORS | {Role.COORDINATOR, Role.NURSE}
_PRODUCT = frozenset({Role.PHARMACIST, Role.QUALITY_ASSURANCE})
_SAFETY = frozenset({Role.MEDICAL_MONITOR, Role.DSMB_MEMBER})
_READERS = frozenset({Role.MONITOR, Role.DATA_MANAGER, Role.AUDITOR})
_EVERYONE = frozenset(Role)
_CLINICAL = _EVERYONE - {Role.ADMINISTRATOR}

TABLE: dict[Permission, Grant] = {
    Permission.PUBLIC: Grant(_EVERYONE),
    Permission.SIGNED_IN: Grant(_EVERYONE),
    Permission.STUDY_VIEW: Grant(_EVERYONE),
    Permission.SUBJECT_VIEW: Grant(_CLINICAL),
    Permission.SUBJECT_REGISTER: Grant(_INVESTIGATORS | {Role.COORDINATOR}, DelegatedTask.OBTAIN_CONSENT),
    Permission.CONSENT_RECORD: Grant(_INVESTIGATORS | {Role.COORDINATOR}, DelegatedTask.OBTAIN_CONSENT),
    Permission.CONSENT_VERSION_ENTER: Grant(frozenset({Role.PRINCIPAL_INVESTIGATOR, Role.ADMINISTRATOR})),
    Permission.IDENTITY_RECORD: Grant(_INVESTIGATORS | {Role.COORDINATOR}, DelegatedTask.OBTAIN_CONSENT),
    # Those who meet the participant, and the monitor who compares with the source. Never the sponsor.
    Permission.IDENTITY_OPEN: Grant(_WARD | {Role.SOCIAL_WORKER, Role.MONITOR}),
    Permission.INTERVIEW_SIGN: Grant(
        frozenset({Role.PRINCIPAL_INVESTIGATOR, Role.SOCIAL_WORKER}), DelegatedTask.SCREEN
    ),
    Permission.SCREENING_EDIT: Grant(_INVESTIGATORS | {Role.COORDINATOR}, DelegatedTask.SCREEN),
    Permission.ELIGIBILITY_SIGN: Grant(_INVESTIGATORS, DelegatedTask.CONFIRM_ELIGIBILITY),
    Permission.ALLOCATE: Grant(_INVESTIGATORS | {Role.COORDINATOR}, DelegatedTask.ALLOCATE),
    Permission.PRODUCT_VIEW: Grant(_CLINICAL),
    Permission.PRODUCT_HANDLE: Grant(frozenset({Role.PHARMACIST}), DelegatedTask.HANDLE_PRODUCT),
    Permission.PRODUCT_RELEASE: Grant(frozenset({Role.QUALITY_ASSURANCE}), DelegatedTask.RELEASE_PRODUCT),
    # The second person at the product: anybody who handles or releases it, with their own password.
    Permission.PRODUCT_WITNESS: Grant(frozenset({Role.PHARMACIST, Role.QUALITY_ASSURANCE})),
    Permission.DECISION_READ: Grant(frozenset({Role.PHARMACIST, Role.NURSE, *_INVESTIGATORS})),
    Permission.DEVIATION_VIEW: Grant(_CLINICAL),
    Permission.DEVIATION_RAISE: Grant(_WARD | _PRODUCT | {Role.MONITOR, Role.DATA_MANAGER}),
    Permission.DEVIATION_CLASSIFY: Grant(_INVESTIGATORS | {Role.MONITOR, Role.DATA_MANAGER, Role.MEDICAL_MONITOR}),
    Permission.INFUSION_VIEW: Grant(_CLINICAL),
    Permission.INFUSION_PREPARE: Grant(_INVESTIGATORS | {Role.NURSE}, DelegatedTask.ADMINISTER_INFUSION),
    Permission.INFUSION_ADMINISTER: Grant(_INVESTIGATORS | {Role.NURSE}, DelegatedTask.ADMINISTER_INFUSION),
    Permission.INFUSION_VERIFY: Grant(_INVESTIGATORS | {Role.NURSE, Role.PHARMACIST}, DelegatedTask.VERIFY_INFUSION),
    Permission.INTER_INFUSION_SIGN: Grant(_INVESTIGATORS, DelegatedTask.ASSESS_ADVERSE_EVENTS),
    # Telling what happened is never a matter of delegation.
    Permission.BREACH_RECORD: Grant(_WARD),
    Permission.VISIT_EDIT: Grant(_WARD, DelegatedTask.ENTER_VISITS),
    # A call that stands for the visit at the end of the observation is a physician's.
    Permission.CONTACT_RECORD: Grant(_INVESTIGATORS, DelegatedTask.ASSESS_ADVERSE_EVENTS),
    Permission.EVENT_VIEW: Grant(_CLINICAL),
    Permission.EVENT_RECORD: Grant(_WARD, DelegatedTask.RECORD_ADVERSE_EVENTS),
    Permission.EVENT_ASSESS: Grant(_INVESTIGATORS, DelegatedTask.ASSESS_ADVERSE_EVENTS),
    Permission.ENDORSE: Grant(_INVESTIGATORS, DelegatedTask.ASSESS_ADVERSE_EVENTS),
    Permission.GATE_VIEW: Grant(_CLINICAL),
    Permission.GATE_CONVENE: Grant(
        frozenset({Role.PRINCIPAL_INVESTIGATOR, Role.MEDICAL_MONITOR}), DelegatedTask.REVIEW_GATE
    ),
    Permission.GATE_VOTE: Grant(_SAFETY | {Role.PRINCIPAL_INVESTIGATOR}, DelegatedTask.REVIEW_GATE),
    # Stopping is never a matter of delegation: whoever sees a danger in a clinical role may hold dosing.
    Permission.HOLD_PLACE: Grant(_WARD | _PRODUCT | _SAFETY),
    Permission.HOLD_LIFT: Grant(_SAFETY | {Role.PRINCIPAL_INVESTIGATOR}, DelegatedTask.REVIEW_GATE),
    Permission.HISTORY_VIEW: Grant(_CLINICAL),
    Permission.REPORT_DOWNLOAD: Grant(_CLINICAL),
    Permission.PEOPLE_VIEW: Grant(_EVERYONE),
    Permission.PEOPLE_MANAGE: Grant(frozenset({Role.ADMINISTRATOR})),
    Permission.DELEGATION_SIGN: Grant(frozenset({Role.PRINCIPAL_INVESTIGATOR})),
    Permission.CLOCK_MOVE: Grant(_EVERYONE),
    Permission.STYLEGUIDE: Grant(frozenset({Role.ADMINISTRATOR})),
}


@dataclass(frozen=True, slots=True)
class Access:
    """What one person is and was delegated in one study: read once per request, asked many times."""

    user: User
    study: Study
    timezone: str
    memberships: tuple[Membership, ...]
    delegations: tuple[Delegation, ...]

    def day(self, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self.timezone)).date()

    def roles(self, *, at: datetime, site: Site | None = None) -> frozenset[Role]:
        """Roles held on that day; with ``site``, at that site (a study-wide membership covers every site)."""
        day = self.day(at)
        return frozenset(
            Role(m.role)
            for m in self.memberships
            if m.valid_from <= day
            and (m.valid_until is None or m.valid_until >= day)
            and (site is None or m.site_id is None or m.site_id == site.pk)
        )

    def sites(self, *, at: datetime) -> frozenset[int] | None:
        """Ids of the sites whose subjects this person may see; ``None`` means every site of the study."""
        day = self.day(at)
        held = [m for m in self.memberships if m.valid_from <= day and (m.valid_until is None or m.valid_until >= day)]
        if any(m.site_id is None for m in held):
            return None
        return frozenset(m.site_id for m in held if m.site_id is not None)

    def check(self, permission: Permission, *, at: datetime, site: Site | None = None) -> Decision:
        """Every reason against this person doing it at that time."""
        grant = TABLE[permission]
        if not self.user.is_active:
            return Decision((Reason("PER-INACTIVE", "This account is not active.", _SOURCE),))
        if not self.roles(at=at, site=site) & grant.roles:
            return Decision((_missing_role(permission, grant),))
        if grant.task is None:
            return Decision()
        return self.delegated(grant.task, at=at, site=site)

    def role_for(self, permission: Permission, *, at: datetime, site: Site | None = None) -> Role:
        """The role in which this person does it; in the order of ``Role``. Raises ``NotPermitted``."""
        self.require(permission, at=at, site=site)
        held = self.roles(at=at, site=site) & TABLE[permission].roles
        return next(role for role in Role if role in held)

    def may(self, permission: Permission, *, at: datetime, site: Site | None = None) -> bool:
        return self.check(permission, at=at, site=site).allowed

    def require(self, permission: Permission, *, at: datetime, site: Site | None = None) -> None:
        decision = self.check(permission, at=at, site=site)
        if not decision.allowed:
            raise NotPermitted(decision.reasons[0])

    def delegated(self, task: DelegatedTask, *, at: datetime, site: Site | None = None) -> Decision:
        """Whether the log delegates a task to this person on that day, with valid training."""
        day = self.day(at)
        lines = [
            d for d in self.delegations if task.value in d.tasks and (site is None or d.site_id in (None, site.pk))
        ]
        label = TASK_LABELS[task]
        if any(_in_force(d, day) for d in lines):
            return Decision()
        if any(_covers(d, day) and d.training_valid_until < day for d in lines):
            message = (
                f"Your training for the task “{label}” has lapsed. It can be done again after training is renewed."
            )
            return Decision((Reason("PER-TRAINING", message, _SOURCE),))
        message = f"The delegation log does not delegate the task “{label}” to you on this day."
        return Decision((Reason("PER-DELEGATION", message, _SOURCE),))


def _covers(line: Delegation, day: date) -> bool:
    return (
        line.signature_id is not None
        and line.valid_from <= day
        and (line.valid_until is None or line.valid_until >= day)
        and (line.revoked_on is None or line.revoked_on > day)
    )


def _in_force(line: Delegation, day: date) -> bool:
    return _covers(line, day) and line.training_valid_until >= day


def _missing_role(permission: Permission, grant: Grant) -> Reason:
    roles: Iterable[str] = (ROLE_LABELS[role] for role in Role if role in grant.roles)
    return Reason("PER-ROLE", f"This is done by: {', '.join(roles)}.", _SOURCE)


# Written out: every request asks both, and composing them took longer than answering them.
_MEMBERSHIPS = "SELECT * FROM trial_membership WHERE user_id = %s AND study_id = %s"
_DELEGATIONS = "SELECT * FROM trial_delegation WHERE user_id = %s AND study_id = %s"


def access_of(user: User, study: Study, *, timezone: str | None = None) -> Access:
    """Memberships and delegations: two queries, a third where the zone of the study's first site is not known yet."""
    if timezone is None:
        timezone = study.sites.order_by("id").values_list("timezone", flat=True).first()
    held = [user.pk, study.pk]
    return Access(
        user=user,
        study=study,
        timezone=timezone or "UTC",
        memberships=tuple(Membership.objects.raw(_MEMBERSHIPS, held)),
        delegations=tuple(Delegation.objects.raw(_DELEGATIONS, held)),
    )


def require(user: User, permission: Permission, *, study: Study, at: datetime, site: Site | None = None) -> Role:
    """For services: raise ``NotPermitted`` unless the person may do it at that time; answers in which role."""
    return access_of(user, study).role_for(permission, at=at, site=site)
