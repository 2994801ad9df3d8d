"""The missing signature: the investigator signs, cohort 2 opens; who may not sign is shown no way to."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from enrollment.models import Subject
from safety.models import GateReview, GateVote
from tests.browser.pages.allocation import Allocation
from tests.browser.pages.board import Board
from tests.browser.pages.event import EventForm
from tests.browser.pages.gate import Gate
from tests.browser.steps import first_infusion_day, late_event_of_subject_2
from trial.models import ElectronicSignature


def test_given_one_missing_signature_when_the_investigator_signs_then_cohort_2_is_open(desk_of):
    # Given the board of the demonstration: gate 1 is under review, and cohort 2 takes nobody.
    investigator = desk_of("investigator")
    board = Board(investigator)
    board.shows_gate(1, "Under review")
    waiting = Subject.objects.get(state="ELIGIBLE").code
    coordinator = desk_of("coordinator")
    assert Allocation(coordinator, waiting).reasons().all_inner_texts() == ["ALC-COHORT-CLOSED"]

    # When the investigator reads the dossier and signs PROCEED.
    board.open_gate(1)
    Gate(investigator, 1).vote("Proceed", rationale="Dossier read; no event in the windows.")
    investigator.sees("Review 1 is decided")

    # Then the board shows the way to cohort 2, and the subject who waits gets its first slot.
    Board(investigator).shows_gate(1, "Passed: proceed")
    Allocation(coordinator, waiting).allocate()
    coordinator.sees("C2-1")
    Board(coordinator).shows_in_slot("C2-1", waiting)


def test_given_the_dossier_when_the_password_is_wrong_then_nothing_is_signed_and_nothing_typed_is_lost(desk_of):
    investigator = desk_of("investigator")
    gate = Gate(investigator, 1).open()
    before = ElectronicSignature.objects.count()

    gate.vote("Proceed", rationale="Dossier read.", password="not the password", refusal=403)

    investigator.sees(re.compile("password", re.IGNORECASE))
    expect(investigator.page.get_by_label("Rationale")).to_have_value("Dossier read.")
    assert ElectronicSignature.objects.count() == before
    assert GateReview.objects.get().decision in (None, "")
    Board(investigator).shows_gate(1, "Under review")


def test_a_coordinator_who_tries_to_sign_finds_no_form_and_a_request_past_the_page_is_refused(desk_of):
    coordinator = desk_of("coordinator")
    gate = Gate(coordinator, 1).open()
    gate.has_no_form()

    review = GateReview.objects.get()
    answer = coordinator.post(
        f"/reviews/{review.pk}/vote/",
        decision="PROCEED",
        rationale="I would like to.",
        meaning="GATE_DECISION",
        username="coordinator",
        password="stepwise-demo-2026",
        content_hash=review.dossier_sha256,
    )

    assert answer.status == 403
    assert GateVote.objects.filter(review=review, role="principal_investigator").count() == 0


def test_given_a_gate_that_has_not_passed_when_it_is_reviewed_again_then_proceed_is_not_offered(desk_of):
    # Given an event of subject 2 inside its window, reported late.
    coordinator = desk_of("coordinator")
    form = EventForm(coordinator, "CMUH-002")
    form.describe("Headache since the morning", began_on=first_infusion_day("CMUH-002"))
    form.choose_term("headac", term="Headache")
    form.grade(1)
    form.serious("No")
    expect(form.follows).to_contain_text("It counts at the gate")
    form.save()

    # When the investigator comes to the gate, the frozen dossier no longer follows from the facts.
    investigator = desk_of("investigator")
    gate = Gate(investigator, 1).open()
    investigator.sees("Convene a new review")
    gate.has_no_form()
    investigator.press("Convene a review: freeze the dossier", arrives_at="Gate of cohort 1")

    # Then holding and stopping can be voted for, proceeding cannot, and the page says why.
    gate.does_not_offer("Proceed")
    gate.offers("Hold")
    investigator.sees("Nobody can vote to proceed")


def test_given_an_event_reported_while_the_dossier_is_read_then_the_vote_is_refused_and_says_why(desk_of):
    # Given an investigator who reads the dossier while somebody else reports an event inside the window.
    investigator = desk_of("investigator")
    gate = Gate(investigator, 1).open()
    before = ElectronicSignature.objects.count()
    late_event_of_subject_2()

    # When they sign PROCEED, nothing is signed: what the dossier concludes no longer follows.
    gate.vote("Proceed", rationale="Dossier read; no event in the windows.", refusal=409)
    assert ElectronicSignature.objects.count() == before
    investigator.sees("Changed since the dossier of review 1 was frozen")
    investigator.sees("convene a new review")
