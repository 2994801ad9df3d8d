"""A screening that ends without enrolment, frozen as it was judged; and the next attempt."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from config.demonstration import bedside
from config.demonstration.participants import eligible_man, missing_creatinine, raised_liver_enzymes
from enrollment.models import Screening, ScreeningFailure, Subject
from enrollment.rules.interviews import INTERVIEW_KEYS
from enrollment.rules.states import ConsentStatus, InterviewKind, NotContinued, SubjectState
from enrollment.selectors.eligibility import current_screening, evaluate_screening
from enrollment.services import attempts, closing, consents, interviews, screenings
from enrollment.services.consents import ConsentEntry
from followup.models import Visit
from trial.errors import NotPermitted, RuleViolation
from trial.models import AuditEvent
from trial.rules.canonical import canonical_json, sha256_hex
from trial.rules.site_time import site_date


@pytest.fixture
def today(scenario):
    return site_date(scenario.at, timezone=scenario.timezone)


def fail(scenario, subject: Subject) -> Screening:
    return screenings.fail(screening=current_screening(subject), by=scenario.people["coordinator"], at=scenario.at)


def rescreen(scenario, subject: Subject, *, reason: str = "Treated since", by: str = "coordinator") -> Screening:
    return attempts.rescreen(subject=subject, reason=reason, by=scenario.people[by], at=scenario.at)


def failed(scenario, today) -> Subject:
    subject = scenario.screened(raised_liver_enzymes(today))
    fail(scenario, subject)
    return Subject.objects.get(pk=subject.pk)


def refused(scenario) -> Subject:
    return bedside.register(
        scenario.study, scenario.people, version=scenario.consent_version, at=scenario.at, refused=True
    )


def visits(subject: Subject, **wanted: str) -> list[str]:
    return list(Visit.objects.filter(subject=subject, **wanted).values_list("code", flat=True))


# ------------------------------------------------------------------------------------------------------------- failure


def test_a_failure_freezes_what_was_judged(scenario, today):
    subject = scenario.screened(raised_liver_enzymes(today))
    evaluation = evaluate_screening(current_screening(subject), at=scenario.at)
    screening = fail(scenario, subject)
    failure = ScreeningFailure.objects.get()
    content = json.loads(failure.content)
    assert (failure.first_code, screening.failure_codes, content["failing"]) == ("X4", ["X4"], ["X4"])
    assert failure.content == canonical_json(content)
    assert failure.content_sha256 == sha256_hex(failure.content)
    assert content["result"] == evaluation.content["result"]
    assert content["facts"]["got_u_l"] == "96"
    assert content["protocol_sha256"] == subject.protocol_version.sha256
    screening.refresh_from_db()
    assert screening.closed_as == "SCREEN_FAILED"


def test_first_and_all_criteria_stand_in_the_order_of_the_protocol(scenario, today):
    facts = raised_liver_enzymes(today) | {"ctd": [], "hiv": "confirmed", "family_support_social_worker": False}
    subject = scenario.screened(facts)
    screening = fail(scenario, subject)
    assert screening.failure_codes == ["I1b", "I3", "X4", "X5"]
    assert ScreeningFailure.objects.get().first_code == "I1b"


def test_a_refusal_of_consent_is_a_failure_with_its_frozen_evaluation(scenario):
    subject = refused(scenario)
    screening = current_screening(subject)
    failure = ScreeningFailure.objects.get()
    assert subject.state == SubjectState.SCREEN_FAILED
    assert (failure.first_code, screening.failure_codes, screening.closed_as) == ("X1", ["X1"], "NOT_CONSENTED")
    assert json.loads(failure.content)["facts"]["consent"]["status"] == "refused"


@pytest.mark.parametrize("because", NotContinued)
def test_a_screening_ends_for_another_reason_than_a_criterion(scenario, today, because):
    subject = scenario.screened(missing_creatinine(today))
    closed = closing.discontinue(
        screening=current_screening(subject),
        because=because,
        note="Three letters unanswered",
        by=scenario.people["coordinator"],
        at=scenario.at,
    )
    closed.refresh_from_db()
    failure = ScreeningFailure.objects.get()
    assert (closed.closed_as, closed.failure_codes) == ("NOT_CONTINUED", [])
    assert (failure.not_continued, failure.note, failure.first_code) == (because, "Three letters unanswered", "")
    assert Subject.objects.get().state == SubjectState.SCREEN_FAILED
    assert visits(subject, state="PLANNED") == []


@pytest.mark.parametrize(
    ("facts", "note", "code"),
    [(raised_liver_enzymes, "x", "SCR-FAILED"), (missing_creatinine, " ", "SCR-NOTE")],
    ids=["a criterion fails", "without a word"],
)
def test_what_fails_is_closed_as_failed(scenario, today, facts, note, code):
    subject = scenario.screened(facts(today))
    with pytest.raises(RuleViolation) as refusal:
        closing.discontinue(
            screening=current_screening(subject),
            because=NotContinued.LOST,
            note=note,
            by=scenario.people["coordinator"],
            at=scenario.at,
        )
    assert refusal.value.decision.codes == (code,)
    assert not ScreeningFailure.objects.exists()
    assert Subject.objects.get().state == SubjectState.SCREENING


def test_an_allocated_subject_is_not_discontinued(scenario):
    subject = scenario.allocated()
    with pytest.raises(RuleViolation) as refusal:
        closing.discontinue(
            screening=current_screening(subject),
            because=NotContinued.OTHER,
            note="x",
            by=scenario.people["coordinator"],
            at=scenario.at,
        )
    assert refusal.value.decision.codes == ("SCR-CLOSED",)


# ------------------------------------------------------------------------------------------------------ another attempt


def test_a_new_attempt_has_the_next_number_and_the_durable_facts(scenario, today):
    subject = failed(scenario, today)
    other = scenario.consented()
    again = rescreen(scenario, subject)
    before = subject.screenings.get(attempt=1)
    assert (again.attempt, again.number) == (2, current_screening(other).number + 1)
    assert again.rescreened_because == "Treated since"
    assert again.facts["birth_date"] == before.facts["birth_date"]
    assert again.facts["fvc_reference_l"] == before.facts["fvc_reference_l"]
    assert not {"got_u_l", "creatinine", "hiv", "fvc_current_l"} & again.facts.keys()
    assert {key: again.facts[key] for key in INTERVIEW_KEYS} == dict.fromkeys(INTERVIEW_KEYS, True)
    assert Subject.objects.get(pk=subject.pk).state == SubjectState.SCREENING
    assert evaluate_screening(again, at=scenario.at).verdict.overall == "pending"
    event = AuditEvent.objects.filter(table_name="enrollment_screening", row_id=str(again.pk)).first()
    assert (event.act, event.reason) == ("attempts.rescreen", "Treated since")


def test_the_failed_attempt_stays_as_it_was(scenario, today):
    subject = failed(scenario, today)
    before = subject.screenings.values().get(attempt=1)
    failure = ScreeningFailure.objects.values().get()
    rescreen(scenario, subject)
    bedside.enter_facts(subject, scenario.people, facts=eligible_man(today), at=scenario.at)
    assert subject.screenings.values().get(attempt=1) == before
    assert ScreeningFailure.objects.values().get() == failure


def test_what_was_signed_before_does_not_count_in_the_next_attempt(scenario, today):
    """Eligible and signed, then failed on a new value, then screened again: nothing is signed yet."""
    subject = scenario.eligible()
    bedside.enter_facts(subject, scenario.people, facts=raised_liver_enzymes(today), at=scenario.at)
    fail(scenario, subject)
    rescreen(scenario, Subject.objects.get())
    with pytest.raises(RuleViolation) as refusal:
        bedside.allocate(subject, scenario.people, at=scenario.at)
    assert "ALC-ELIGIBILITY-UNSIGNED" in refusal.value.decision.codes


def test_a_rescreened_participant_is_enrolled_and_dosed(scenario, today):
    subject = failed(scenario, today)
    rescreen(scenario, subject)
    bedside.enter_facts(subject, scenario.people, facts=eligible_man(today), at=scenario.at)
    bedside.sign_eligibility(subject, scenario.people, at=scenario.at)
    bedside.allocate(subject, scenario.people, at=scenario.at)
    assert scenario.dosed(Subject.objects.get()).state == "COMPLETED"


def test_interviews_that_were_withdrawn_are_not_carried_over(scenario, today):
    subject = scenario.screened(raised_liver_enzymes(today))
    held = subject.interviews.get(kind=InterviewKind.SOCIAL_WORKER)
    interviews.withdraw(interview=held, reason="Moved away", by=scenario.people["socialworker"], at=scenario.at)
    fail(scenario, subject)
    again = rescreen(scenario, Subject.objects.get())
    assert "family_support_social_worker" not in again.facts
    assert again.facts["family_support_investigator"] is True


def test_the_protocol_allows_so_many_attempts_and_no_more(scenario, today):
    subject = failed(scenario, today)
    most = subject.protocol_version.definition.eligibility.max_rescreens
    for _time in range(most):
        rescreen(scenario, Subject.objects.get())
        bedside.enter_facts(subject, scenario.people, facts=raised_liver_enzymes(today), at=scenario.at)
        fail(scenario, subject)
    with pytest.raises(RuleViolation) as refusal:
        rescreen(scenario, Subject.objects.get())
    assert refusal.value.decision.codes == ("RSC-LIMIT",)
    assert subject.screenings.count() == most + 1
    assert ScreeningFailure.objects.count() == most + 1


def test_only_who_screens_begins_another_attempt(scenario, today):
    subject = failed(scenario, today)
    with pytest.raises(NotPermitted):
        rescreen(scenario, subject, by="nurse")
    assert subject.screenings.count() == 1


def test_who_withdrew_is_not_screened_again(scenario):
    from enrollment.rules.states import WithdrawalScope
    from enrollment.services import subjects

    subject = scenario.consented()
    by = scenario.people["coordinator"]
    subjects.withdraw(subject=subject, scope=WithdrawalScope.ALL, reason="Own wish", by=by, at=scenario.at)
    with pytest.raises(RuleViolation) as refusal:
        rescreen(scenario, subject)
    assert refusal.value.decision.codes == ("RSC-STATE",)


# ------------------------------------------------------------------------------------------------------ consent, visits


def test_who_refused_is_asked_again_and_may_consent(scenario, today):
    subject = refused(scenario)
    again = rescreen(scenario, subject, reason="Asked for it")
    assert evaluate_screening(again, at=scenario.at).verdict.overall == "ineligible"
    assert visits(subject) == []
    scenario.wait(minutes=5)
    consents.record(
        subject=Subject.objects.get(), entry=signed(scenario), by=scenario.people["coordinator"], at=scenario.at
    )
    assert evaluate_screening(current_screening(subject), at=scenario.at).verdict.overall == "pending"
    assert visits(subject, state="PLANNED") == ["SCR2", "BASE2"]
    bedside.enter_facts(subject, scenario.people, facts=eligible_man(today), at=scenario.at)
    bedside.sign_eligibility(subject, scenario.people, at=scenario.at)
    assert Subject.objects.get().state == SubjectState.ELIGIBLE


def test_a_version_is_signed_once_but_may_be_answered_again(scenario):
    subject = scenario.consented()
    with pytest.raises(RuleViolation) as refusal:
        consents.record(subject=subject, entry=signed(scenario), by=scenario.people["coordinator"], at=scenario.at)
    assert refusal.value.decision.codes == ("CON-TWICE",)


def signed(scenario) -> ConsentEntry:
    return ConsentEntry(
        version=scenario.consent_version,
        status=ConsentStatus.SIGNED,
        given_at=scenario.at,
        explained_by=scenario.people["investigator"],
        copy_given=True,
        before_procedures=True,
    )


def test_visits_before_an_infusion_are_planned_once_more(scenario, today):
    subject = failed(scenario, today)
    assert visits(subject, state="PLANNED") == []
    scenario.wait(days=30)
    again = rescreen(scenario, subject)
    assert visits(subject, state="PLANNED") == ["SCR2", "BASE2"]
    screening_visit = Visit.objects.get(code="SCR2")
    assert screening_visit.nominal_on == site_date(again.started_at, timezone=scenario.timezone)
    assert screening_visit.nominal_on == today + timedelta(days=30)
    assert visits(subject, state="CANCELLED") == ["SCR", "BASE"]


def test_after_allocation_the_plan_goes_on_from_the_second_attempt(scenario, today):
    subject = failed(scenario, today)
    rescreen(scenario, subject)
    bedside.enter_facts(subject, scenario.people, facts=eligible_man(today), at=scenario.at)
    bedside.sign_eligibility(subject, scenario.people, at=scenario.at)
    bedside.allocate(subject, scenario.people, at=scenario.at)
    planned = visits(subject, state="PLANNED")
    assert planned[:3] == ["SCR2", "BASE2", "I1D0"]
    assert len(planned) == 10
