"""Replacing a subject: why they are no evidence, what the caps leave, and the slot given back with a reason."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.selectors.subjects import subject_or_404
from followup.views.addresses import address
from safety.forms.replacement import ReplacementForm
from safety.rules.evaluability import Standing
from safety.selectors.gate import Assessment
from safety.selectors.replacements import Replacement, replacement_of, slots_left
from safety.services import replacements
from safety.views.answering import see
from trial.edge.acting import attempt
from trial.edge.context import trial_of
from trial.edge.declared import requires
from trial.permissions import Permission
from trial.rules.decision import Reason
from trial.templatetags.look import trial_time

_STANDING = {
    Standing.EVALUABLE: gettext_lazy("evaluable"),
    Standing.PENDING: gettext_lazy("may still become evaluable"),
    Standing.NOT_EVALUABLE: gettext_lazy("not evaluable"),
}


@requires(Permission.GATE_VIEW, post=Permission.ALLOCATE)
def replace(request: HttpRequest, code: str) -> HttpResponse:
    """Reasons against it stand on the page before anybody fills in the form."""
    trial = trial_of(request)
    subject = subject_or_404(trial, code=code)
    form = ReplacementForm(request.POST if request.method == "POST" else None)
    refusal: tuple[Reason, ...] = ()
    status = 200
    if request.method == "POST" and form.is_valid():
        outcome = attempt(
            lambda: replacements.vacate_slot(
                subject=subject, reason=form.cleaned_data["reason"], by=trial.user, at=trial.at
            )
        )
        if outcome.result is not None:
            values = {"slot": outcome.result.slot.label, "code": subject.code}
            messages.success(request, _("%(code)s gave back slot %(slot)s: the next in line can have it.") % values)
            return see("replace", subject.code)
        refusal, status = outcome.reasons, outcome.status
    found = replacement_of(subject, at=trial.at)
    decision = trial.check(Permission.ALLOCATE, site=subject.site) + found.against()
    context = {
        "subject": subject,
        "found": found,
        "items": _items(found, zone=subject.site.timezone),
        "form": form,
        # After a refused attempt its own reasons are shown: they are what the service found, under the lock.
        "reasons": refusal,
        "against": decision.reasons,
        "gate_url": address("gate", found.allocation.slot.cohort.number) if found.allocation else "",
        "waiting_url": address("waiting-list"),
        "breadcrumbs": [
            {"label": _("Subjects"), "url": reverse("subject-list")},
            {"label": subject.code, "url": address("subject", subject.code)},
            {"label": _("Replacement")},
        ],
    }
    return render(request, "safety/replacement.html", context, status=status)


def slot_rows(assessment: Assessment, *, sites: frozenset[int] | None) -> list[dict[str, object]]:
    """Slots of a cohort whose subjects are no evidence, for the page of its gate. ``sites``: those the reader sees."""
    return [
        {
            "slot": left.allocation.slot.label,
            "number": left.allocation.subject_number,
            "code": left.allocation.subject.code,
            "url": address("replace", left.allocation.subject.code)
            if sites is None or left.allocation.subject.site_id in sites
            else "",
            "why": left.why,
            "vacated_at": left.allocation.vacated_at,
            "replaced_by": left.replaced_by,
        }
        for left in slots_left(assessment)
    ]


def _items(found: Replacement, *, zone: str) -> list[dict[str, object]]:
    """The slot, how the subject counts at the gate, and what the caps leave."""
    place = found.allocation
    if place is None:
        return []
    cohort = place.slot.cohort
    items: list[dict[str, object]] = [
        {
            "label": _("Slot"),
            "value": place.slot.label,
            "note": _("%(cohort)s, subject number %(n)s") % {"cohort": cohort, "n": place.subject_number},
        }
    ]
    if found.evaluability is not None:
        words = _STANDING[found.evaluability.standing]
        items.append({"label": _("At the gate"), "value": words, "note": found.evaluability.why})
    if place.vacated_at is not None:
        items.append({"label": _("Vacated"), "value": trial_time(place.vacated_at, zone), "note": place.vacated_reason})
        items.append({"label": _("Replaced by"), "value": _successor(found)})
    cap = _("%(used)s of %(most)s")
    return [
        *items,
        {
            "label": _("Replaced in this cohort"),
            "value": cap % {"used": found.in_cohort.used, "most": found.in_cohort.most},
        },
        {
            "label": _("Replaced in the study"),
            "value": cap % {"used": found.in_study.used, "most": found.in_study.most},
        },
    ]


def _successor(found: Replacement) -> str:
    if found.successor is None:
        return _("nobody yet: the slot is vacant")
    return _("subject number %(n)s") % {"n": found.successor.subject_number}
