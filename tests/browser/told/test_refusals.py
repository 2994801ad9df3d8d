"""What must not happen does not, and the page says why: every reason at once, beside the button."""

from __future__ import annotations

from playwright.sync_api import expect

from dosing.models import Infusion
from enrollment.models import Subject
from tests.browser.pages.allocation import Allocation
from tests.browser.pages.bedside import Bedside
from tests.browser.steps import allocated_to_cohort_2, eligible_subjects, prepared_for, somebody_at_another_site
from trial.rules.roles import Role


def test_nobody_is_allocated_beyond_the_cohort(desk_of):
    # Given cohort 2 open with its four slots, the first taken, and four more who are eligible.
    allocated_to_cohort_2()
    *fitting, one_too_many = eligible_subjects(4)
    coordinator = desk_of("coordinator")
    for code in fitting:
        Allocation(coordinator, code).allocate()
    coordinator.sees("C2-4")

    # When the coordinator comes to the fifth, the next slot belongs to cohort 3, which is closed.
    page = Allocation(coordinator, one_too_many)
    assert page.reasons().all_inner_texts() == ["ALC-COHORT-CLOSED"]
    coordinator.sees("cohort 2: 4 of 4")
    answer = coordinator.post(f"/subjects/{one_too_many}/allocation/")
    assert answer.status == 409
    assert "ALC-COHORT-CLOSED" in answer.text()


def test_an_infusion_before_the_gate_is_not_even_planned(desk_of):
    # Given the subject who waits for cohort 2, when the nurse tries to plan an infusion.
    waiting = Subject.objects.get(state="ELIGIBLE").code
    nurse = desk_of("nurse").open(f"/subjects/{waiting}/infusions/plan/")
    expect(nurse.page.get_by_label("Planned for")).to_have_count(0)
    nurse.sees("DOS-SLOT")
    assert Infusion.objects.filter(subject__code=waiting).count() == 0


def test_the_second_person_is_never_the_one_who_infuses(desk_of):
    # Given a subject of cohort 2 whose infusion is prepared up to the identity check.
    infusion = prepared_for(allocated_to_cohort_2())
    nurse = desk_of("nurse").open(f"/infusions/{infusion.pk}/")
    bedside = Bedside(nurse)
    assert bedside.reasons_against_start() == ["DOS-IDENTITY-FIRST", "DOS-VERIFIER"]

    # When the nurse signs first and then once more as the second person, that is refused.
    bedside.identify()
    bedside.verify(username="nurse", refusal=409)
    nurse.sees("DOS-PEOPLE-SAME")
    assert bedside.reasons_against_start() == ["DOS-VERIFIER"]


def test_a_second_person_with_a_wrong_password_has_verified_nothing(desk_of):
    infusion = prepared_for(allocated_to_cohort_2())
    nurse = desk_of("nurse").open(f"/infusions/{infusion.pk}/")
    bedside = Bedside(nurse)
    bedside.identify()
    bedside.verify(username="nurse2", password="wrong", refusal=403)
    nurse.sees("Nothing was signed")
    assert bedside.reasons_against_start() == ["DOS-VERIFIER"]


def test_a_start_past_the_page_is_refused_with_the_same_reasons(desk_of):
    infusion = prepared_for(allocated_to_cohort_2())
    nurse = desk_of("nurse")
    answer = nurse.post(f"/infusions/{infusion.pk}/start/")
    assert answer.status == 409
    assert "DOS-VERIFIER" in answer.text()
    assert Infusion.objects.get(pk=infusion.pk).started_at is None


def test_a_subject_of_another_site_is_not_found(desk_of, owner_connection):
    # Given a coordinator of a second hospital.
    somebody_at_another_site(owner_connection, username="elsewhere", role=Role.COORDINATOR)
    stranger = desk_of("elsewhere")

    # When they ask for a subject of the first, it is not there, in whatever way they ask.
    code = Subject.objects.order_by("code")[0].code
    for path in (f"/subjects/{code}/", f"/subjects/{code}/screening/", f"/subjects/{code}/allocation/"):
        stranger.open(path, refusal=404)
    stranger.open("/subjects/").does_not_see(code)
