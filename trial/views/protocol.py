"""The protocol in force, as data: what is dosed, observed, asked and reported, and where each value comes from."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from trial.edge.context import trial_of
from trial.edge.declared import requires
from trial.permissions import Permission
from trial.protocol.schema import Requirement
from trial.selectors.protocol import SECTIONS, activations_of, assessment_matrix, values_of


@require_GET
@requires(Permission.STUDY_VIEW)
def protocol(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    definition = trial.definition
    context = {
        "version": trial.protocol_version,
        "activations": activations_of(trial.protocol_version),
        "definition": definition,
        "values": {section: values_of(definition, section) for section in SECTIONS},
        "gates": list(
            zip(definition.cohorts, definition.gate.required_evaluable, definition.gate.allowed_events, strict=True)
        ),
        "policy_in_words": definition.gate_presets[definition.gate.trigger],
        "presets": list(definition.gate_presets.items()),
        "matrix": assessment_matrix(definition),
        "requirements": list(Requirement),
    }
    return render(request, "trial/protocol.html", context)
