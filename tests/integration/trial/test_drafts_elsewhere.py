"""A form about a subject of another site is no form, for drafts as for everything else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.test import Client
from django.urls import reverse

from followup.models import Visit
from tests.builders.elsewhere import investigator_elsewhere
from tests.builders.scenario import TrialScenario
from trial.models import FormDraft

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812


def test_no_draft_is_kept_for_a_subject_of_another_site(owner_connection: Connection) -> None:
    scenario = TrialScenario()
    subject = scenario.consented()
    stranger = investigator_elsewhere(scenario, owner_connection)
    client = Client()
    client.force_login(stranger, backend="django.contrib.auth.backends.ModelBackend")
    visit = Visit.objects.filter(subject=subject)[0]
    body = json.dumps({"window": "window-one", "fields": {"note": ["x"]}})
    for place in (
        reverse("screening", args=[subject.code]),
        reverse("event-record", args=[subject.code]),
        reverse("visit", args=[visit.pk]),
    ):
        asked = {"place": place, "person": stranger.username, "study": scenario.study.registry_id}
        answer = client.put(f"{reverse('draft')}?{urlencode(asked)}", body, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (404, "DRF-PLACE"), place
    assert not FormDraft.objects.exists()
