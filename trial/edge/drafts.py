"""A form whose typing is kept before it is saved, as its view meets it."""

from __future__ import annotations

import re

from django.http import HttpRequest

from trial.documents.drafts import WINDOW_PATTERN
from trial.edge.context import trial_of
from trial.services import drafts

WINDOW = "draft_window"
"""The hidden field of such a form that names the window it was typed in."""


def settle_draft(request: HttpRequest) -> None:
    """For the view that has saved what this request posted: its draft is done with. Nothing without such a form."""
    window = request.POST.get(WINDOW, "")
    if re.match(WINDOW_PATTERN, window):
        trial = trial_of(request)
        drafts.settle(place=request.path, window=window, by=trial.user, study=trial.study)
