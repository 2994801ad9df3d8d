"""A participant cannot be reached: what follows is said, recorded, and after a call and a visit taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from enrollment.models import Subject
from tests.builders.observed_cohort import ObservedCohort
from tests.builders.scenario import TrialScenario
from trial.demonstration import PASSWORD
from trial.rules.site_time import site_date


@pytest.fixture
def cohort(site_url: str) -> ObservedCohort:
    cohort = ObservedCohort(TrialScenario(password=PASSWORD))
    cohort.dose()
    cohort.morning(days=3)
    return cohort


def test_who_is_lost_is_called_and_found_again(cohort, desk_of):
    subject = cohort.subjects[0]
    day = site_date(cohort.at, timezone=cohort.scenario.timezone)

    # Given a participant whom the nurse could not reach: the page says what a loss does at the gate.
    nurse = desk_of("nurse")
    nurse.open(f"/subjects/{subject.code}/").press("Windows and telephone contacts", arrives_at="Visits")
    nurse.press("Lost to follow-up", arrives_at="Lost to follow-up")
    nurse.sees("What follows at once").sees("safety data of the last day are missing")

    # When the day lies before the infusion, it is refused; the true one is recorded.
    nurse.page.get_by_label("Lost since").fill(str(day - timedelta(days=9)))
    nurse.page.get_by_label("How the participant was looked for").fill("Called on three days; the letter came back")
    nurse.press("Record as lost to follow-up", refusal=409).sees("LST-SEEN")
    nurse.page.get_by_label("Lost since").fill(str(day))
    nurse.press("Record as lost to follow-up", arrives_at="Visits").sees("the letter came back")

    # Then the investigator, who reaches the participant, enters the call; the nurse may not.
    nurse.sees("No call can be entered now")
    investigator = desk_of("investigator").open(f"/subjects/{subject.code}/visits/")
    investigator.page.get_by_role("radio", name="None: asked").check()
    investigator.page.get_by_label("Note").fill("Feels well, was abroad")
    investigator.press("Enter the call", arrives_at="Visits").sees("Feels well, was abroad")
    investigator.press("Void it", arrives_at="Telephone contact").sees("counts for nothing")

    # And the participant is found again.
    nurse.open(f"/subjects/{subject.code}/visits/").press("Found again", arrives_at="Lost to follow-up")
    nurse.page.get_by_label("How the participant was found again").fill("Came to the clinic")
    nurse.press("Record as found again", arrives_at="Visits").sees("Came to the clinic")
    assert Subject.objects.get(pk=subject.pk).lost_on is None
