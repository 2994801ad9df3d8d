"""The ten minutes of the README: from the missing signature to the next infusion, and the door that closes again."""

from __future__ import annotations

from playwright.sync_api import expect

from enrollment.models import Subject
from tests.browser.pages.allocation import Allocation
from tests.browser.pages.bedside import Bedside, plan
from tests.browser.pages.board import Board
from tests.browser.pages.event import EventForm
from tests.browser.pages.gate import Gate
from tests.browser.pages.product import Product
from tests.browser.pages.report import Reports, sha256, verify
from tests.browser.steps import first_infusion_day, now_at_site


def test_from_the_missing_signature_to_the_next_infusion_and_the_door_closes_again(
    desk_of, celery_worker_process, tmp_path
):
    code = Subject.objects.get(state="ELIGIBLE").code

    # 1. The investigator signs PROCEED: cohort 2 opens at once.
    investigator = desk_of("investigator")
    board = Board(investigator)
    board.shows_gate(1, "Under review")
    board.open_gate(1)
    Gate(investigator, 1).vote("Proceed", rationale="Dossier read; no event in the windows.")
    Board(investigator).shows_gate(1, "Passed: proceed")

    # 2. The coordinator allocates the subject who waits: the next slot is C2-1.
    coordinator = desk_of("coordinator")
    Allocation(coordinator, code).allocate()
    coordinator.sees("C2-1")

    # 3. The nurse plans the first infusion for today; everything that is missing stands beside the button.
    nurse = desk_of("nurse")
    nurse.open("/decisions/").press("I have read this decision")
    bedside = plan(nurse, code, on=now_at_site().date().isoformat())
    assert {"DOS-WEIGHT", "DOS-LABORATORY", "DOS-VERIFIER"} <= set(bedside.reasons_against_start())

    # 4. Two people assign, check and label a unit of the released lot; who issues and a nurse have read the decision.
    pharmacist = desk_of("pharmacist")
    pharmacist.open("/decisions/").press("I have read this decision")
    unit = Product(pharmacist).open_lot("ADSC-2401").open_first_in_stock()
    unit.assign(to=code)
    unit.thaw(viability_percent="88")
    unit.check_and_label()
    unit.issue()

    # 5. Facts of the day, the second person, and every reason has cleared: it starts, runs and is completed.
    bedside.look_again()
    bedside.record_day(weight_kg="61.0", pregnancy="Not applicable")
    assert bedside.reasons_against_start() == ["DOS-IDENTITY-FIRST", "DOS-VERIFIER"]
    bedside.identify()
    bedside.verify(username="nurse2")
    bedside.start()
    bedside.clock_runs()
    bedside.complete()
    Board(coordinator).shows_in_slot("C2-1", "1 of 2")

    # 6. The sponsor downloads the dossier, which the worker has made; it is, byte for byte, what was signed over.
    sponsor = desk_of("sponsor")
    reports = Reports(sponsor)
    reports.make("gate 1")
    shown, pdf = reports.hash_shown(), reports.download(tmp_path)
    assert pdf.read_bytes().startswith(b"%PDF")
    assert sha256(pdf) == shown
    verify(sponsor, pdf)
    expect(sponsor.page.get_by_role("main")).to_contain_text("Genuine")

    # 7. A late event of subject 2: the form says beforehand what it will do.
    form = EventForm(coordinator, "CMUH-002")
    form.describe("Headache in the evening after the infusion", began_on=first_infusion_day("CMUH-002"))
    form.choose_term("headac", term="Headache")
    form.grade(1)
    form.serious("No")
    expect(form.follows).to_contain_text("It counts at the gate")
    expect(form.follows).to_contain_text("cohort 2")
    form.save()

    # 8. Cohort 2 is closed again, on the board and at the bedside of the next infusion.
    Board(coordinator).shows_gate(1, "Review again")
    bedside = plan(nurse, code, on=now_at_site().date().isoformat())
    assert "DOS-COHORT-REVOKED" in bedside.reasons_against_start()
    Bedside(nurse).look_again()
