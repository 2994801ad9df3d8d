"""The pages of holds and endorsements: placed by anyone clinical, lifted and endorsed by signature only."""

from __future__ import annotations

import pytest
from django.urls import reverse

from safety.models import Endorsement
from safety.selectors.endorsements import endorsement_page
from safety.selectors.holds import lift_page
from tests.builders.observed_cohort import ObservedCohort
from tests.builders.signing import PASSWORD, signed_in
from trial.models import DosingHold, Notification

pytestmark = pytest.mark.django_db


@pytest.fixture
def cohort() -> ObservedCohort:
    cohort = ObservedCohort()
    cohort.dose()
    return cohort


def signing(who, *, meaning, content_hash, **more):
    return {"meaning": meaning, "username": who, "password": PASSWORD, "content_hash": content_hash} | more


def lift(cohort, hold, who, **changes):
    page = lift_page(hold, at=cohort.at)
    body = signing(who, meaning="hold_lift", content_hash=page.content_sha256, rationale="alarm was false")
    return signed_in(cohort.people[who]).post(reverse("hold", args=[hold.pk]), body | changes)


def test_anyone_clinical_holds_dosing_with_two_fields_and_everybody_is_told(cohort):
    code = cohort.subjects[0].code
    client = signed_in(cohort.people["pharmacist"])
    form = client.get(reverse("hold-place"), {"scope": f"subject:{code}"}).context["form"]
    assert form["scope"].value() == f"subject:{code}"
    assert list(client.post(reverse("hold-place"), {"scope": "study"}).context["form"].errors) == ["reason"]
    assert client.post(reverse("hold-place"), {"scope": "nothing", "reason": "x"}).status_code == 200
    for scope in ("study", "cohort:1", f"subject:{code}"):
        assert client.post(reverse("hold-place"), {"scope": scope, "reason": "Freezer alarm"}).status_code == 303
    assert [hold.scope for hold in DosingHold.objects.order_by("id")] == ["Study", "Cohort 1", code]
    assert Notification.objects.filter(title="Dosing is held: Study", user=cohort.people["investigator"]).count() == 1
    listed = client.get(reverse("hold-list"))
    assert len(listed.context["in_force"]) == 3
    assert cohort.assess().result.result == "SUSPENDED"


def test_readers_neither_place_nor_lift(cohort):
    client = signed_in(cohort.people["sponsor"])
    assert "PER-ROLE" in client.get(reverse("hold-place")).content.decode()
    assert client.post(reverse("hold-place"), {"scope": "study", "reason": "x"}).status_code == 403
    hold = _placed(cohort)
    assert client.get(reverse("hold", args=[hold.pk])).status_code == 200
    assert lift(cohort, hold, "sponsor").status_code == 403
    assert client.get(reverse("hold", args=[10**9])).status_code == 404


def test_a_hold_is_lifted_by_everybody_whom_the_policy_names(cohort):
    hold = _placed(cohort)
    page = signed_in(cohort.people["coordinator"]).get(reverse("hold", args=[hold.pk]))
    assert page.context["missing"] == ["Principal investigator", "Medical monitor"]
    assert 'name="password"' not in page.content.decode()
    wrong = lift(cohort, hold, "investigator", password="no")
    assert (wrong.status_code, [r.code for r in wrong.context["reasons"]]) == (403, ["reauthentication"])
    stale = lift(cohort, hold, "investigator", content_hash="0" * 64)
    assert (stale.status_code, [r.code for r in stale.context["reasons"]]) == (409, ["stale"])
    assert list(lift(cohort, hold, "investigator", rationale="").context["form"].errors) == ["rationale"]
    assert lift(cohort, hold, "investigator").status_code == 303
    again = signed_in(cohort.people["investigator"]).get(reverse("hold", args=[hold.pk]))
    assert [r.code for r in again.context["against"]] == ["LFT-SIGNED"]
    assert lift(cohort, hold, "medicalmonitor").status_code == 303
    hold.refresh_from_db()
    assert hold.lifted_at is not None
    done = signed_in(cohort.people["auditor"]).get(reverse("hold", args=[hold.pk]))
    assert [role for role, _ in done.context["signed"]] == ["Principal investigator", "Medical monitor"]


def test_under_the_literal_policy_the_page_says_that_no_decision_can_continue(cohort):
    subject = cohort.subjects[0]
    cohort.report(subject, onset=cohort.onset(subject, days=0))
    hold = DosingHold.objects.get()
    page = signed_in(cohort.people["investigator"]).get(reverse("hold", args=[hold.pk]))
    assert [r.code for r in page.context["against"]] == ["LFT-CONTINUE"]
    assert "no decision can continue dosing of this cohort" in " ".join(page.content.decode().split())


def test_data_are_endorsed_by_signature_and_a_change_breaks_it():
    cohort = ObservedCohort()
    subject = cohort.dose()
    client = signed_in(cohort.people["investigator"])
    address = reverse("endorse", args=[subject.code])
    early = client.get(address)
    assert "END-OPEN" in {r.code for r in early.context["against"]}
    cohort.morning(days=29)
    cohort.attend_all(subject)
    seen = endorsement_page(subject).content_sha256
    body = signing("investigator", meaning="endorsement", content_hash=seen)
    assert client.post(address, body | {"content_hash": "0" * 64}).status_code == 409
    assert signed_in(cohort.people["coordinator"]).post(address, body).status_code == 403
    assert client.post(address, body).status_code == 303
    assert Endorsement.objects.get().content_sha256 == seen
    page = client.get(address)
    assert page.context["stands"]
    assert [r.code for r in page.context["against"]] == ["END-STANDS"]
    cohort.report(subject, onset=cohort.onset(subject, days=3))
    broken = client.get(address)
    assert [given["is_valid"] for given in broken.context["given"]] == [False]
    assert "no longer stands" in broken.content.decode()


def test_nothing_is_endorsed_before_the_first_infusion():
    cohort = ObservedCohort()
    subject = cohort.scenario.consented()
    page = signed_in(cohort.people["investigator"]).get(reverse("endorse", args=[subject.code]))
    assert [r.code for r in page.context["against"]] == ["END-NOT-DOSED"]


def _placed(cohort) -> DosingHold:
    signed_in(cohort.people["nurse"]).post(reverse("hold-place"), {"scope": "study", "reason": "Freezer alarm"})
    return DosingHold.objects.get()
