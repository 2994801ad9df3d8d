"""The vote over a gate: a decision with its rationale, signed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from safety.forms.labels import DECISIONS
from safety.rules.states import GateDecision
from trial.edge.signing import RationaleSigningForm
from trial.rules.states import Meaning


class VoteForm(RationaleSigningForm):
    """Only decisions that can be voted for now are offered, and none is chosen beforehand."""

    decision = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)

    field_order = ["decision", "rationale", "meaning", "username", "password"]

    def __init__(self, *args: Any, offered: Iterable[GateDecision], content_hash: str, **kwargs: Any) -> None:
        super().__init__(*args, meaning=Meaning.GATE_DECISION, content_hash=content_hash, **kwargs)
        choice = self.fields["decision"]
        choice.choices = [(d.value, DECISIONS[d]) for d in offered]  # type: ignore[attr-defined]  # a ChoiceField
