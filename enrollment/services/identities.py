"""The identity of a participant: recorded, corrected, opened. Its values leave these functions for one answer only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from enrollment.models import IdentityOpening, Subject, SubjectIdentity
from enrollment.rules import identity as rules
from enrollment.rules import identity_keys
from enrollment.rules.identity import EntryFacts
from enrollment.rules.identity_document import Identity, from_document, to_document
from enrollment.rules.states import OpeningPurpose
from enrollment.selectors.identities import identity_of, vault_facts, version_of
from enrollment.services import vault_keys
from trial.errors import RuleViolation, StaleRecord, require
from trial.models import User
from trial.permissions import TABLE, Permission, access_of
from trial.permissions import require as require_permission
from trial.rules.decision import Decision
from trial.rules.roles import Role
from trial.rules.site_time import site_date
from trial.services.regulated import regulated


@dataclass(frozen=True, slots=True)
class Opened:
    """What one opening shows. ``version`` names what was seen, for a correction of it."""

    identity: Identity
    opening: IdentityOpening
    version: str


def record(*, subject: Subject, identity: Identity, by: User, at: datetime) -> SubjectIdentity:
    """Seal the identity of a participant who signed the consent.

    The same person under two codes of the study is refused: nobody is dosed twice. Source: R30, R31; Taiwan GCP 103,
    106. Raises ``NotPermitted``, ``RuleViolation``.
    """
    with regulated(by=by, act="identities.record", study=subject.study):
        subject, saved = _known(subject, by=by, at=at)
        mark = vault_keys.marker(at).mark(identity.number)
        require(rules.may_record(_entry_facts(subject, saved, mark=mark, at=at), identity))
        key, sealer = vault_keys.new_key(at)
        return SubjectIdentity.objects.create(
            study=subject.study,
            subject=subject,
            key=key,
            sealed=sealer.seal(to_document(identity, subject_code=subject.code)).decode("ascii"),
            person_mark=mark,
            recorded_at=at,
            recorded_by=by,
        )


def correct(
    *, subject: Subject, identity: Identity, seen_version: str, reason: str, by: User, at: datetime
) -> SubjectIdentity:
    """Replace the sealed identity, with a reason. The history keeps both, sealed.

    Raises ``NotPermitted``, ``RuleViolation``, and ``StaleRecord`` when another version than ``seen_version`` stands.
    """
    # Judged before as well: once the transaction has begun the reason stands in it, and it may repeat what is sealed.
    _require_correctable(*_known(subject, by=by, at=at), identity, seen_version, reason, mark=None, at=at)
    with regulated(by=by, act="identities.correct", study=subject.study, reason=reason):
        subject, saved = _known(subject, by=by, at=at)
        mark = vault_keys.marker(at).mark(identity.number)
        saved = _require_correctable(subject, saved, identity, seen_version, reason, mark=mark, at=at)
        sealer = vault_keys.sealer_of(saved.key)
        saved.sealed = sealer.seal(to_document(identity, subject_code=subject.code)).decode("ascii")
        saved.person_mark, saved.recorded_at, saved.recorded_by = mark, at, by
        saved.save(update_fields=["sealed", "person_mark", "recorded_at", "recorded_by"])
        return saved


def open_identity(*, subject: Subject, purpose: OpeningPurpose, note: str, by: User, at: datetime) -> Opened:
    """Show who a participant is, for a stated purpose. That somebody looked is committed before anything is shown.

    Source: Taiwan GCP 103. Raises ``NotPermitted``, ``RuleViolation`` (also where the seal is broken: then the opening
    stands recorded and nothing is shown).
    """
    # Durable: within another transaction the record of the opening could still be undone after the values were shown.
    with transaction.atomic(durable=True), regulated(by=by, act="identities.open", study=subject.study):
        require_permission(by, Permission.IDENTITY_OPEN, study=subject.study, at=at, site=subject.site)
        subject = Subject.objects.select_related("site", "study").get(pk=subject.pk)
        roles = roles_at(subject, by=by, at=at)
        require(rules.may_open(vault_facts(subject, identity_of(subject)), roles=roles, purpose=purpose))
        saved = SubjectIdentity.objects.select_related("key").get(subject=subject)
        identity, role = _legible(saved, subject), rules.role_for(roles, purpose)
        require(Decision.of([rules.against_text(note, identities=(identity,))]))
        opening = IdentityOpening.objects.create(
            identity=saved,
            opened_by=by,
            opened_at=at,
            role=role.value if role else "",
            purpose=purpose.value,
            note=note.strip(),
        )
    if identity is None:
        raise RuleViolation(Decision((identity_keys.broken_seal(),)))
    return Opened(identity, opening, version_of(saved))


def roles_at(subject: Subject, *, by: User, at: datetime) -> frozenset[Role]:
    """The roles that this person holds at the subject's site and that may open an identity."""
    held = access_of(by, subject.study).roles(at=at, site=subject.site)
    return held & TABLE[Permission.IDENTITY_OPEN].roles


def _require_correctable(
    subject: Subject,
    saved: SubjectIdentity | None,
    identity: Identity,
    seen_version: str,
    reason: str,
    *,
    mark: str | None,
    at: datetime,
) -> SubjectIdentity:
    """What is on record, against whose correction nothing stands."""
    if saved is not None and version_of(saved) != seen_version:
        raise StaleRecord("Somebody else corrected this identity since you opened it. Open it again.")
    old = _legible(saved, subject) if saved else None
    require(rules.may_correct(_entry_facts(subject, saved, mark=mark, at=at), identity, old=old, reason=reason))
    return saved or SubjectIdentity.objects.select_related("key").get(subject=subject)


def _known(subject: Subject, *, by: User, at: datetime) -> tuple[Subject, SubjectIdentity | None]:
    require_permission(by, Permission.IDENTITY_RECORD, study=subject.study, at=at, site=subject.site)
    subject = Subject.objects.select_related("site", "study").get(pk=subject.pk)
    return subject, identity_of(subject)


def _entry_facts(subject: Subject, saved: SubjectIdentity | None, *, mark: str | None, at: datetime) -> EntryFacts:
    """Without a ``mark`` nobody is looked for under another code."""
    others = SubjectIdentity.objects.filter(study=subject.study, person_mark=mark).exclude(subject=subject)
    return EntryFacts(
        vault=vault_facts(subject, saved),
        today=site_date(at, timezone=subject.site.timezone),
        same_person=others.values_list("subject__code", flat=True).first(),
    )


def _legible(saved: SubjectIdentity, subject: Subject) -> Identity | None:
    """What is sealed; None when it is damaged or was sealed for another subject. A missing key is refused."""
    sealer = vault_keys.sealer_of(saved.key)
    try:
        document = sealer.unseal(saved.sealed.encode())
    except RuleViolation:
        return None
    return from_document(document, subject_code=subject.code)
