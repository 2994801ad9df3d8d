"""Visits, events and holds of another site's subjects do not exist for whoever works at one site only."""

from __future__ import annotations

from django.urls import reverse

from followup.models import Visit
from safety.services import manual_holds
from tests.builders.elsewhere import investigator_elsewhere
from tests.builders.observed_cohort import ObservedCohort
from tests.builders.signing import signed_in


def test_every_address_of_another_sites_subject_is_unknown(committed_db, owner_connection):
    cohort = ObservedCohort()
    subject = cohort.dose()
    event = cohort.report(subject, onset=cohort.onset(subject, days=0))
    visit = Visit.objects.get(subject=subject, code="I1D0")
    hold = manual_holds.place(
        study=cohort.scenario.study, subject=subject, reason="watch", by=cohort.people["nurse"], at=cohort.at
    )
    client = signed_in(investigator_elsewhere(cohort.scenario, owner_connection))
    unknown = [
        reverse("visit", args=[visit.pk]),
        reverse("event", args=[event.pk]),
        reverse("event-amend", args=[event.pk]),
        reverse("event-void", args=[event.pk]),
        reverse("event-record", args=[subject.code]),
        reverse("endorse", args=[subject.code]),
        reverse("hold", args=[hold.pk]),
        reverse("api-visit", args=[visit.pk]),
        reverse("api-event", args=[event.pk]),
        reverse("api-endorsement", args=[subject.code]),
        reverse("api-hold-lift", args=[hold.pk]),
    ]
    for address in unknown:
        assert client.get(address).status_code == 404, address
    assert client.get(reverse("api-visit-list")).json()["count"] == 0
    assert client.get(reverse("api-event-list")).json()["count"] == 0
    assert [row["kind"] for row in client.get(reverse("api-hold-list")).json()["results"]] == ["QUALIFYING_EVENT"]
