"""The first participant of an empty study: from the consent to the visits that follow the first infusion."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import expect

from config.demonstration.participants import eligible_woman
from tests.browser.pages.allocation import Allocation
from tests.browser.pages.bedside import plan
from tests.browser.pages.board import Board
from tests.browser.pages.interviews import Interviews
from tests.browser.pages.product import Product
from tests.browser.pages.screening import Eligibility, Registration, Screening
from tests.browser.pages.visit import Visit
from tests.browser.pages.work import Work
from tests.browser.steps import now_at_site, passing_value, release_criteria, typed


def test_from_consent_to_the_first_infusion_and_the_visits_that_follow_from_it(desk_of):
    # Given an empty board: nobody is in the study, and My work asks for nothing.
    coordinator = desk_of("coordinator")
    coordinator.go("Subjects").sees("No subject yet")

    # When the coordinator registers a participant with the consent signed a moment ago.
    code = Registration(coordinator).signed_consent(
        given_at=typed(now_at_site(timedelta(minutes=5))), explained_by="Dr Lin Chih-Wei"
    )
    screening = Screening(coordinator, code)
    screening.waits_for("Pending")
    assert screening.reasons_against_signing()

    # And the principal investigator and the social worker have each held an interview, and signed it.
    Interviews(desk_of("investigator"), code).hold()
    Interviews(desk_of("socialworker"), code).hold()
    screening = Screening(coordinator, code)

    # Then the verdict changes beside the form while the facts are typed, before anything is saved.
    facts = eligible_woman(now_at_site().date())
    screening.enter(facts | {"got_u_l": "96"})
    screening.waits_for("Not eligible")
    screening.enter({"got_u_l": "31"})
    screening.waits_for("Eligible")
    screening.save().sees("saved")

    # When the investigator reads and signs, the coordinator can give the first slot of cohort 1.
    investigator = desk_of("investigator")
    Eligibility(investigator, code).sign()
    Allocation(coordinator, code).allocate()
    Board(coordinator).shows_in_slot("C1-1", code)

    # Meanwhile a lot arrives, is tested, and is released by quality assurance; no unit goes out before.
    pharmacist = desk_of("pharmacist")
    expires_at = typed(now_at_site() + timedelta(days=300))
    lot = Product(pharmacist).receive("ADSC-01", donor="D-01", expires_at=expires_at)
    lot.book_in("01", cells="75000000", volume_ml="7.5")
    for criterion in release_criteria():
        lot.record_test(criterion.code, value=passing_value(criterion), result=criterion.accepted or "")
    Product(desk_of("qualityassurance")).open_lot("ADSC-01").release()

    # When the infusion is planned, the unit assigned, thawed and issued, and the facts of the day are entered.
    nurse = desk_of("nurse")
    bedside = plan(nurse, code, on=now_at_site().date().isoformat())
    unit = Product(pharmacist).open_lot("ADSC-01").open_first_in_stock()
    unit.assign(to=code)
    unit.thaw(viability_percent="88")
    unit.check_and_label()
    unit.issue()
    bedside.look_again()
    bedside.record_day(weight_kg="61.0", pregnancy="Not applicable")
    bedside.identify()
    bedside.verify(username="nurse2")
    bedside.start()
    bedside.complete()

    # Then the visits stand in the subject's grid, and the one of today can be entered.
    coordinator.open(f"/subjects/{code}/")
    for visit in ("I1D0", "I1D1", "I1D7", "I1D14", "I1D28", "M3"):
        coordinator.sees(visit)
    Work(coordinator).take("Visit I1D0", about=code)
    visit_page = Visit(coordinator)
    visit_page.complete(events="None")
    visit_page.is_complete()
    coordinator.sees("asked: none")


def test_what_two_people_type_at_once_is_not_lost(desk_of):
    # Given the same screening open on two desks.
    coordinator, investigator = desk_of("coordinator"), desk_of("investigator")
    code = Registration(coordinator).signed_consent(
        given_at=typed(now_at_site(timedelta(minutes=5))), explained_by="Dr Lin Chih-Wei"
    )
    first, second = Screening(coordinator, code), Screening(investigator, code)
    first.enter({"weight_kg": "61.5", "sex": "F"})
    second.enter({"weight_kg": "60", "dyspnea_worsening": True})

    # When both save, the second is told of the first, and nothing that was typed is gone.
    first.save()
    second.save(refusal=409)
    expect(second.page.locator("#id_weight_kg")).to_have_value("60")
    expect(second.page.locator("#id_dyspnea_worsening")).to_have_value("yes")
    expect(second.page.locator("#id_sex")).to_have_value("F")
    second.save(reason="Weighed again on the ward.").sees("saved")


def test_given_a_value_changed_in_another_tab_when_the_investigator_signs_then_the_signature_is_refused(desk_of):
    # Given an investigator who reads the criteria, and a coordinator who corrects a value meanwhile.
    coordinator, investigator = desk_of("coordinator"), desk_of("investigator")
    code = Registration(coordinator).signed_consent(
        given_at=typed(now_at_site(timedelta(minutes=5))), explained_by="Dr Lin Chih-Wei"
    )
    Interviews(investigator, code).hold()
    Interviews(desk_of("socialworker"), code).hold()
    screening = Screening(coordinator, code)
    screening.enter(eligible_woman(now_at_site().date()))
    screening.save()
    reading = Eligibility(investigator, code)
    screening = Screening(coordinator, code)
    screening.enter({"got_u_l": "35"})
    screening.save(reason="Transcription error.")

    # When the investigator signs what they saw, nothing is signed, and the page says what happened.
    reading.sign(refusal=409)
    investigator.sees("Not signed")
    investigator.sees("stale")

    # Then they read the new value and sign that.
    reading.sign()
    expect(investigator.page.get_by_role("heading", level=1)).to_contain_text(code)
    reading.has_no_form()
