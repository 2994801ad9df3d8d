"""The investigator's endorsement of a subject's data, and the replacement of subjects who are no evidence."""

import pytest

from enrollment.rules.states import WithdrawalScope
from enrollment.services import subjects
from safety.selectors.endorsements import endorsement_page
from safety.services import endorsements, replacements
from tests.builders.observed_cohort import ObservedCohort
from trial.errors import NotPermitted, RuleViolation, StaleRecord
from trial.models import DueItem, Slot

pytestmark = pytest.mark.django_db


def endorsed(cohort, subject):
    code = subject.code
    return next(i for i in cohort.assess().checklist if i.kind == "endorsement" and i.subject_code == code)


def test_an_endorsement_stands_until_the_data_change():
    cohort = ObservedCohort().endorsed()
    subject = cohort.subjects[0]
    assert endorsed(cohort, subject).is_met
    with pytest.raises(RuleViolation) as refusal:
        cohort.endorse(subject)
    assert refusal.value.decision.codes == ("END-STANDS",)
    cohort.report(subject, onset=cohort.onset(subject, days=4))
    assert not endorsed(cohort, subject).is_met
    assert "changed since" in endorsed(cohort, subject).lacks
    cohort.endorse(subject)
    assert endorsed(cohort, subject).is_met
    assert endorsed(cohort, cohort.subjects[1]).is_met


def test_data_that_still_lack_something_are_not_endorsed():
    cohort = ObservedCohort()
    subject = cohort.dose()
    with pytest.raises(RuleViolation) as refusal:
        cohort.endorse(subject)
    assert set(refusal.value.decision.codes) == {"END-OPEN"}
    with pytest.raises(RuleViolation) as refusal:
        endorsements.endorse(
            subject=cohort.scenario.consented(), proof=cohort.proof("investigator", "0" * 64), at=cohort.at
        )
    assert refusal.value.decision.codes == ("END-NOT-DOSED",)


def test_only_an_investigator_endorses_and_only_what_was_seen():
    cohort = ObservedCohort().observed()
    subject = cohort.subjects[0]
    seen = endorsement_page(subject).content_sha256
    with pytest.raises(NotPermitted):
        endorsements.endorse(subject=subject, proof=cohort.proof("coordinator", seen), at=cohort.at)
    with pytest.raises(StaleRecord):
        endorsements.endorse(subject=subject, proof=cohort.proof("investigator", "0" * 64), at=cohort.at)


def withdraw(cohort, subject):
    subjects.withdraw(
        subject=subject, scope=WithdrawalScope.ALL, reason="moved", by=cohort.people["coordinator"], at=cohort.at
    )


def vacate(cohort, subject, reason="not evaluable"):
    return replacements.vacate_slot(subject=subject, reason=reason, by=cohort.people["coordinator"], at=cohort.at)


def test_g23_a_subject_without_evidence_is_replaced_under_a_new_number_in_the_same_slot():
    cohort = ObservedCohort().dosed()
    third = cohort.subjects[2]
    cohort.morning(days=12)
    with pytest.raises(RuleViolation) as refusal:
        vacate(cohort, third)
    assert refusal.value.decision.codes == ("RPL-EVALUABLE",)
    withdraw(cohort, third)
    assert not DueItem.objects.filter(kind="gate_review", done_at__isnull=True, cancelled_at__isnull=True).exists()
    vacate(cohort, third)
    replacement = cohort.allocated()
    assert replacement.allocation.subject_number == 11
    assert replacement.allocation.slot == Slot.objects.get(number=3)
    cohort.scenario.dosed(replacement)
    weighed = {s.number: s for s in cohort.assess().result.subjects}
    assert weighed[3].why == "was replaced by subject 11"
    due = DueItem.objects.get(kind="gate_review", done_at__isnull=True, cancelled_at__isnull=True)
    assert due.due_at == cohort.assess().result.earliest_review_at


def test_g24_who_had_an_event_stays_evidence_and_keeps_the_slot():
    cohort = ObservedCohort().dosed()
    third = cohort.subjects[2]
    cohort.morning(days=12)
    cohort.report(third, onset=cohort.onset(third, days=10))
    withdraw(cohort, third)
    with pytest.raises(RuleViolation) as refusal:
        vacate(cohort, third)
    assert refusal.value.decision.codes == ("RPL-EVALUABLE",)


def test_a_slot_given_back_before_any_infusion_is_free_again():
    cohort = ObservedCohort()
    subject = cohort.allocated()
    withdraw(cohort, subject)
    with pytest.raises(RuleViolation) as refusal:
        vacate(cohort, subject, reason=" ")
    assert refusal.value.decision.codes == ("RPL-REASON",)
    vacate(cohort, subject)
    with pytest.raises(RuleViolation) as refusal:
        vacate(cohort, subject)
    assert refusal.value.decision.codes == ("RPL-SLOT",)
    assert cohort.allocated().allocation.slot == Slot.objects.get(number=1)
    assert [s.number for s in cohort.assess().result.subjects] == [11]
