"""Telephone contacts in which a participant was asked about adverse events."""

from __future__ import annotations

from datetime import datetime

from enrollment.models import Subject
from enrollment.rules.states import ConsentStatus
from enrollment.selectors.consents import withdrawn_of
from followup.events import ContactRecorded, ContactVoided
from followup.models import TelephoneContact
from followup.rules.contacts import ContactFacts, may_record_contact, may_void_contact
from followup.rules.states import AdverseEventAnswer
from trial.errors import require as require_rule
from trial.events import publish
from trial.models import User
from trial.permissions import Permission, require
from trial.rules.decision import Decision
from trial.services.regulated import regulated


def record(
    *, subject: Subject, contacted_at: datetime, asked: AdverseEventAnswer, note: str, by: User, at: datetime
) -> TelephoneContact:
    """Record a call by an investigator, with the answer to the question about adverse events.

    Whether it can stand for the visit at the end of the observation is a matter of the gate policy.
    Raises ``RuleViolation``, ``NotPermitted``. Source: G25; gate policy, ``phone_contact_suffices``.
    """
    with regulated(by=by, act="contacts.record", study=subject.study):
        require(by, Permission.CONTACT_RECORD, study=subject.study, at=at, site=subject.site)
        subject = Subject.objects.select_related("site", "study").get(pk=subject.pk)
        require_rule(contact_decision(subject, contacted_at=contacted_at, asked=asked, at=at))
        contact = TelephoneContact.objects.create(
            subject=subject,
            contacted_at=contacted_at,
            adverse_events_asked=asked,
            note=note.strip(),
            recorded_at=at,
            recorded_by=by,
        )
        publish(ContactRecorded(contact=contact, by=by, at=at))
        return contact


def void(*, contact: TelephoneContact, reason: str, by: User, at: datetime) -> TelephoneContact:
    """A contact entered by mistake counts for nothing. Raises ``RuleViolation``, ``NotPermitted``."""
    study = contact.subject.study
    with regulated(by=by, act="contacts.void", study=study, reason=reason):
        require(by, Permission.CONTACT_RECORD, study=study, at=at, site=contact.subject.site)
        contact = TelephoneContact.objects.select_related("subject__site", "subject__study").get(pk=contact.pk)
        require_rule(may_void_contact(is_void=contact.voided_at is not None, reason=reason))
        contact.voided_at, contact.voided_by, contact.voided_reason = at, by, reason.strip()
        contact.save(update_fields=["voided_at", "voided_by", "voided_reason"])
        publish(ContactVoided(contact=contact, by=by, at=at))
        return contact


def contact_decision(subject: Subject, *, contacted_at: datetime, asked: AdverseEventAnswer, at: datetime) -> Decision:
    """Every reason against this call. Two queries."""
    facts = ContactFacts(
        consented=subject.consents.filter(status=ConsentStatus.SIGNED, given_at__lte=contacted_at).exists(),
        died_at=subject.died_at,
        withdrawn=withdrawn_of(subject),
    )
    return may_record_contact(facts, contacted_at=contacted_at, asked=asked, at=at)
