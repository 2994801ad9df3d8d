"""Visits: planned from what happened, entered by who may, chased when they are due."""

from datetime import timedelta

import pytest

from enrollment.rules.states import WithdrawalScope
from enrollment.services import subjects
from followup.models import Visit
from followup.rules.states import AdverseEventAnswer
from followup.rules.visit_status import VisitStatus
from followup.selectors.visits import visit_grid, visits_of, visits_to_do
from followup.services import visits
from tests.builders.observed_cohort import ObservedCohort
from trial.errors import NotPermitted, RuleViolation
from trial.models import AuditEvent, DueItem, Notification

pytestmark = pytest.mark.django_db

ALL_OF_COHORT_1 = ["SCR", "BASE", "I1D0", "I1D1", "I1D7", "I1D14", "I1D28", "M3", "M6", "M12"]
NONE = AdverseEventAnswer.NONE


@pytest.fixture
def cohort():
    return ObservedCohort()


def codes(subject, **wanted):
    return list(Visit.objects.filter(subject=subject, **wanted).values_list("code", flat=True))


def complete(cohort, visit, *, done_at, by="coordinator", asked=NONE, note=""):
    return visits.complete(
        visit=visit, done_at=done_at, adverse_events_asked=asked, note=note, by=cohort.people[by], at=cohort.at
    )


def withdraw(cohort, subject, scope):
    subjects.withdraw(subject=subject, scope=scope, reason="own wish", by=cohort.people["coordinator"], at=cohort.at)


def test_visits_are_planned_as_they_become_known(cohort):
    subject = cohort.scenario.consented()
    assert codes(subject) == ["SCR", "BASE"]
    allocated = cohort.allocated()
    assert codes(allocated) == ALL_OF_COHORT_1
    assert not Visit.objects.filter(subject=allocated, nominal_on__isnull=False).exclude(code="SCR").exists()
    infusion = cohort.scenario.dosed(allocated)
    assert codes(allocated) == ALL_OF_COHORT_1
    last = Visit.objects.get(subject=allocated, code="I1D28")
    assert last.opens_at - infusion.started_at < timedelta(days=28)
    assert (last.closes_at - last.opens_at) == timedelta(days=4) - timedelta(seconds=1)


def test_what_was_done_is_not_touched_by_a_new_plan(cohort):
    subject = cohort.allocated()
    screening = Visit.objects.get(subject=subject, code="SCR")
    complete(cohort, screening, done_at=subject.consents.get().given_at)
    before = AuditEvent.objects.filter(table_name="followup_visit", row_id=str(screening.pk)).count()
    cohort.scenario.dosed(subject)
    assert AuditEvent.objects.filter(table_name="followup_visit", row_id=str(screening.pk)).count() == before


def test_a_visit_is_entered_with_the_answer_about_adverse_events(cohort):
    subject = cohort.dose()
    cohort.morning(days=7)
    visit = Visit.objects.get(subject=subject, code="I1D7")
    with pytest.raises(RuleViolation) as refusal:
        complete(cohort, visit, done_at=cohort.at, asked=AdverseEventAnswer.NOT_ASKED)
    assert refusal.value.decision.codes == ("VIS-ASKED",)
    done = complete(cohort, visit, done_at=cohort.at, by="nurse")
    assert (done.state, done.recorded_by, done.adverse_events_asked) == ("DONE", cohort.people["nurse"], "none")
    with pytest.raises(RuleViolation) as refusal:
        complete(cohort, visit, done_at=cohort.at)
    assert refusal.value.decision.codes == ("VIS-STATE",)


def test_the_d28_visit_is_never_early_and_a_late_one_says_why_and_by_how_many_days(cohort):
    subject = cohort.dose()
    visit = Visit.objects.get(subject=subject, code="I1D28")
    cohort.morning(days=27)
    with pytest.raises(RuleViolation) as refusal:
        complete(cohort, visit, done_at=cohort.at, note="travels tomorrow")
    assert refusal.value.decision.codes == ("VIS-EARLY",)
    cohort.morning(days=6)
    with pytest.raises(RuleViolation) as refusal:
        complete(cohort, visit, done_at=cohort.at)
    assert refusal.value.decision.codes == ("VIS-WINDOW-NOTE",)
    complete(cohort, visit, done_at=cohort.at, note="typhoon")
    assert {line.visit.code: line.days_off for line in visits_of(subject, at=cohort.at)}["I1D28"] == 2


def test_who_may_not_enter_visits_changes_nothing(cohort):
    subject = cohort.dose()
    cohort.morning(days=7)
    visit = Visit.objects.get(subject=subject, code="I1D7")
    for who in ("monitor", "sponsor", "pharmacist", "medicalmonitor"):
        with pytest.raises(NotPermitted):
            complete(cohort, visit, done_at=cohort.at, by=who)
    visit.refresh_from_db()
    assert visit.state == "PLANNED"


def test_a_visit_is_missed_with_a_reason_once_its_window_has_closed(cohort):
    subject = cohort.dose()
    visit = Visit.objects.get(subject=subject, code="I1D7")

    def miss(reason):
        return visits.mark_missed(visit=visit, reason=reason, by=cohort.people["coordinator"], at=cohort.at)

    cohort.morning(days=9)
    with pytest.raises(RuleViolation) as refusal:
        miss("")
    assert refusal.value.decision.codes == ("VIS-OPEN", "VIS-REASON")
    cohort.morning()
    assert miss("was abroad").state == "MISSED"
    audit = AuditEvent.objects.filter(table_name="followup_visit", row_id=str(visit.pk)).latest("id")
    assert (audit.act, audit.reason) == ("visits.mark_missed", "was abroad")


def test_nothing_is_collected_without_consent(cohort):
    subject = cohort.dose()
    cohort.morning(days=7)
    withdraw(cohort, subject, WithdrawalScope.TREATMENT)
    visit = Visit.objects.get(subject=subject, code="I1D7")
    assert complete(cohort, visit, done_at=cohort.at).state == "DONE"
    other = cohort.dose(wait_days=14)
    early = Visit.objects.get(subject=other, code="BASE")
    with pytest.raises(RuleViolation) as refusal:
        complete(cohort, early, done_at=early.opens_at, note="before consent")
    assert "VIS-CONSENT" in refusal.value.decision.codes


def test_withdrawal_from_treatment_keeps_the_safety_follow_up(cohort):
    subject = cohort.dose()
    withdraw(cohort, subject, WithdrawalScope.TREATMENT)
    assert codes(subject, state="CANCELLED") == []


@pytest.mark.parametrize("scope", [WithdrawalScope.DATA_USE, WithdrawalScope.ALL], ids=lambda scope: f"G26-{scope}")
def test_a_wider_withdrawal_cancels_what_is_open_and_its_reminders(cohort, scope):
    subject = cohort.dose()
    withdraw(cohort, subject, scope)
    assert codes(subject, state="PLANNED") == []
    assert not DueItem.objects.filter(kind__startswith="visit", done_at=None, cancelled_at=None).exists()


def test_withdrawal_from_follow_up_cancels_what_is_to_come_and_leaves_what_may_have_taken_place(cohort):
    subject = cohort.dose()
    withdraw(cohort, subject, WithdrawalScope.FOLLOW_UP)
    opened = codes(subject, state="PLANNED")
    assert opened == ["SCR", "BASE", "I1D0"]
    cancelled = Visit.objects.filter(subject=subject, state="CANCELLED").values_list("opens_at", flat=True)
    assert all(opens_at is None or opens_at > cohort.at for opens_at in cancelled)
    since = subject.consents.get().withdrawn_at
    cohort.morning()
    visit = Visit.objects.get(subject=subject, code="I1D0")
    with pytest.raises(RuleViolation) as refusal:
        complete(cohort, visit, done_at=since, note="came once more")
    assert refusal.value.decision.codes == ("VIS-WITHDRAWN",)
    assert complete(cohort, visit, done_at=since - timedelta(minutes=1), note="entered late").state == "DONE"


def test_a_visit_of_before_a_widened_withdrawal_is_entered_late(cohort):
    subject = cohort.dose()
    withdraw(cohort, subject, WithdrawalScope.TREATMENT)
    cohort.morning(days=7)
    seen_at = cohort.at
    cohort.scenario.wait(hours=2)
    withdraw(cohort, subject, WithdrawalScope.FOLLOW_UP)
    visit = Visit.objects.get(subject=subject, code="I1D7")
    assert complete(cohort, visit, done_at=seen_at).state == "DONE"


def test_nothing_new_is_entered_after_a_withdrawal_from_the_use_of_data(cohort):
    """G26: not even what was seen before; what was entered is kept."""
    subject = cohort.dose()
    entered = complete(cohort, Visit.objects.get(subject=subject, code="I1D0"), done_at=cohort.at)
    visit = Visit.objects.get(subject=subject, code="BASE")
    withdraw(cohort, subject, WithdrawalScope.DATA_USE)
    visit.refresh_from_db()
    with pytest.raises(RuleViolation) as refusal:
        complete(cohort, visit, done_at=visit.opens_at, note="seen before")
    assert {"VIS-STATE", "VIS-DATA-USE"} <= set(refusal.value.decision.codes)
    entered.refresh_from_db()
    assert entered.state == "DONE"


def test_withdrawal_before_any_infusion_leaves_no_visit_to_do(cohort):
    subject = cohort.allocated()
    withdraw(cohort, subject, WithdrawalScope.TREATMENT)
    assert codes(subject, state="PLANNED") == []


def test_in_cohort_2_the_day_28_visit_merges_with_the_next_infusion_and_parts_when_that_is_late():
    cohort = ObservedCohort().opened()
    subject = cohort.dose()
    assert Visit.objects.get(subject=subject, code="I2D0").merged_with == "I1D28"
    assert not Visit.objects.filter(subject=subject, code="I1D28").exists()
    cohort.morning(days=33)
    cohort.scenario.dosed(subject, number=2)
    assert Visit.objects.get(subject=subject, code="I2D0").merged_with == ""
    assert Visit.objects.get(subject=subject, code="I1D28").state == "PLANNED"
    order = codes(subject)
    assert order.index("I1D28") == order.index("I2D0") - 1


def test_withdrawal_from_treatment_between_infusions_brings_the_observation_visit_back():
    cohort = ObservedCohort().opened()
    subject = cohort.dose()
    withdraw(cohort, subject, WithdrawalScope.TREATMENT)
    planned = codes(subject, state="PLANNED")
    assert "I1D28" in planned
    assert not [code for code in planned if code.startswith("I2")]


def test_the_site_is_reminded_before_a_window_and_told_once_after_it(cohort):
    subject = cohort.dose()
    visit = Visit.objects.get(subject=subject, code="I1D28")
    reminder, overdue = f"visit:{visit.pk}:reminder", f"visit:{visit.pk}:overdue"
    cohort.move_to(visit.opens_at - timedelta(days=7, seconds=60))
    cohort.sweep()
    assert not Notification.objects.filter(key=reminder).exists()
    cohort.move_to(visit.opens_at - timedelta(days=7))
    cohort.sweep()
    cohort.sweep()
    told = Notification.objects.filter(key=reminder)
    assert set(told.values_list("user__username", flat=True)) == {"coordinator", "investigator", "subinvestigator"}
    assert not Notification.objects.filter(key=overdue).exists()
    cohort.move_to(visit.closes_at + timedelta(seconds=1))
    cohort.sweep()
    cohort.sweep()
    assert Notification.objects.filter(key=overdue).count() == 3


def test_nobody_is_chased_for_a_visit_that_was_entered(cohort):
    subject = cohort.dose()
    visit = Visit.objects.get(subject=subject, code="I1D7")
    cohort.morning(days=7)
    complete(cohort, visit, done_at=cohort.at)
    cohort.morning(days=7)
    cohort.sweep()
    assert not Notification.objects.filter(key=f"visit:{visit.pk}:overdue").exists()


def test_the_status_follows_from_window_and_clock(cohort):
    subject = cohort.dose()
    visit = Visit.objects.get(subject=subject, code="I1D7")

    def status(at):
        return {line.visit.code: line.status for line in visits_of(subject, at=at)}["I1D7"]

    second = timedelta(seconds=1)
    assert status(visit.opens_at - second) is VisitStatus.PLANNED
    assert status(visit.opens_at) is VisitStatus.DUE
    assert status(visit.closes_at) is VisitStatus.DUE
    assert status(visit.closes_at + second) is VisitStatus.OVERDUE


def test_lists_take_one_query_whatever_they_hold(cohort, django_assert_num_queries):
    first = cohort.dose()
    second = cohort.dose(wait_days=14)
    with django_assert_num_queries(1):
        grid = visit_grid([first, second], at=first.registered_at)
    assert [line.visit.code for line in grid[first.pk]] == ALL_OF_COHORT_1
    at = cohort.at
    with django_assert_num_queries(1):
        todo = visits_to_do(cohort.scenario.study, at=at, ahead=timedelta(days=7))
        [str(line.visit) for line in todo]
    assert {line.status for line in todo} >= {VisitStatus.OVERDUE, VisitStatus.DUE}
    closing = [line.visit.closes_at for line in todo]
    assert closing == sorted(closing)
    assert visits_to_do(cohort.scenario.study, at=at, ahead=timedelta(0), sites=frozenset()) == ()
    assert len(visits_to_do(cohort.scenario.study, at=at, ahead=timedelta(days=7), most=2)) == 2
