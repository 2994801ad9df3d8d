"""The label of a unit: asked for on its page, made once for what it says, with the code that finds the unit again."""

from __future__ import annotations

import io
import re
import subprocess

import pytest
from django.urls import reverse
from pypdf import PdfReader

from dosing.models import ProductUnit
from reports.documents.unit_label import UnitLabelPdf, label_sha256, labelled_unit
from reports.models import Report
from tests.builders.scenario import TrialScenario
from tests.builders.signing import signed_in
from tests.builders.ward import waiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def scenario() -> TrialScenario:
    return TrialScenario()


def issued(scenario: TrialScenario) -> ProductUnit:
    waiting(scenario)
    return labelled_unit(ProductUnit.objects.get(state="ISSUED").pk)


def text_of(pdf: bytes) -> str:
    read = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return re.sub(r"\s+", " ", read.stdout.decode())


def test_the_label_says_what_the_bag_is_and_for_whom(scenario):
    unit = issued(scenario)
    label = UnitLabelPdf(unit, created_at=scenario.at).render()
    text = text_of(label)
    assert len(PdfReader(io.BytesIO(label)).pages) == 1
    wanted = (
        *("ADSC01", str(unit), str(unit.uuid), unit.assigned_subject.code, "88 %", "7.5 mL"),
        *("Thawed", "Use by", "For clinical trial use only", "Vapour of liquid nitrogen: at most -150 °C"),
    )
    assert [words for words in wanted if words not in text.replace("\u00a0", " ")] == []
    assert "Lin" not in text


def test_the_same_label_has_the_same_bytes(scenario):
    unit = issued(scenario)
    at = scenario.at
    assert UnitLabelPdf(unit, created_at=at).render() == UnitLabelPdf(unit, created_at=at).render()


def test_a_label_is_made_once_for_what_it_says(scenario):
    unit = issued(scenario)
    client, address = signed_in(scenario.people["pharmacist"]), reverse("unit-label-pdf", args=[unit.pk])
    assert client.get(address).status_code == 200
    made = [client.post(address).url for _ in range(2)]
    report = Report.objects.get(kind="unit_label")
    assert made == [reverse("report", args=[report.pk])] * 2
    assert report.inputs_sha256 == label_sha256(unit)
    nurse = signed_in(scenario.people["nurse"])
    assert (nurse.get(address).status_code, nurse.post(address).status_code) == (200, 403)


def test_the_code_of_a_label_leads_to_its_unit(scenario):
    unit = issued(scenario)
    client, find = signed_in(scenario.people["nurse"]), reverse("unit-find")
    here = reverse("unit", args=[unit.pk])
    for code in (str(unit.uuid), f" {unit.uuid} ".upper(), str(unit)):
        assert client.get(find, {"code": code}).url == here
    for code in ("", "nothing", "L-01/none", "00000000-0000-0000-0000-000000000000", "\x00"):
        assert client.get(find, {"code": code}).context["form"].errors.keys() == {"code"}
