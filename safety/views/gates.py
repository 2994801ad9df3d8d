"""The safety gates: all of them, one with its dossier, convening a review, voting in it, a past review."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from followup.views.addresses import address
from safety.forms.vote import VoteForm
from safety.models import GateReview
from safety.rules.states import GateDecision
from safety.rules.voting import GRAVITY
from safety.selectors.gate import assess
from safety.selectors.gate_page import GatePage, gate_page
from safety.selectors.gate_rows import CohortRows
from safety.selectors.reviews import review_page, reviews_of
from safety.services import gate_reviews
from safety.views.answering import see
from safety.views.dossier_shown import (
    Document,
    earliest_review_at,
    event_rows_of,
    met_items,
    open_items,
    policy_rows,
    reasons_of,
    result_rows,
    subject_rows,
)
from safety.views.gate_rows import gate_row, review_rows, signature_rows, votes_missing
from safety.views.replacement import slot_rows
from trial.edge.acting import attempt
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import requires
from trial.models import Cohort
from trial.permissions import Permission
from trial.rules.decision import Reason
from trial.rules.roles import ROLE_LABELS


@requires(Permission.GATE_VIEW)
def gate_list(request: HttpRequest) -> HttpResponse:
    trial = trial_of(request)
    cohorts = Cohort.objects.filter(study=trial.study).select_related("study").order_by("number")
    context = {
        "gates": [gate_row(assess(cohort, at=trial.at)) for cohort in cohorts],
        "zone": trial.access.timezone,
        "breadcrumbs": [{"label": _("Safety gates")}],
    }
    return render(request, "safety/gate_list.html", context)


@requires(Permission.GATE_VIEW)
def gate(request: HttpRequest, number: int) -> HttpResponse:
    trial = trial_of(request)
    return _gate_page(request, _cohort(trial, number))


@require_POST
@requires(Permission.GATE_CONVENE)
def gate_convene(request: HttpRequest, number: int) -> HttpResponse:
    trial = trial_of(request)
    cohort = _cohort(trial, number)
    outcome = attempt(lambda: gate_reviews.convene(cohort=cohort, by=trial.user, at=trial.at))
    if outcome.result is None:
        return _gate_page(request, cohort, reasons=outcome.reasons, status=outcome.status)
    messages.success(
        request,
        _("Review %(n)s is convened: its dossier is frozen, and the signatories can vote.")
        % {"n": outcome.result.number},
    )
    return see("gate", number)


@require_POST
@requires(Permission.GATE_VOTE)
def gate_vote(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign a vote over the frozen dossier. If its facts have changed, it is superseded, and nothing is signed."""
    trial = trial_of(request)
    review = _review(trial, pk)
    voting = gate_page(review.cohort, access=trial.access, at=trial.at).voting
    # Where nothing can be voted for, the service says why.
    offered = voting.offered if voting and voting.offered else GRAVITY
    form = VoteForm(request.POST, offered=offered, content_hash=review.dossier_sha256)
    if not form.is_valid():
        return _gate_page(request, review.cohort, form=form)
    outcome = attempt(
        lambda: gate_reviews.vote(
            review=review,
            decision=GateDecision(form.cleaned_data["decision"]),
            rationale=form.cleaned_data["rationale"],
            proof=form.proof(request, expected=trial.user),
            at=trial.at,
        )
    )
    if outcome.result is None:
        return _gate_page(request, review.cohort, form=form, reasons=outcome.reasons, status=outcome.status)
    messages.success(request, _("Your vote is signed."))
    return see("gate", review.cohort.number)


@requires(Permission.GATE_VIEW)
def gate_review(request: HttpRequest, pk: int) -> HttpResponse:
    """A review with precisely the dossier that was signed."""
    trial = trial_of(request)
    review = _review(trial, pk)
    page = review_page(review, seen_by=trial.user)
    assessment = assess(review.cohort, at=trial.at)
    context = {
        "review": page,
        "cohort": review.cohort,
        "zone": assessment.timezone,
        "signatures": signature_rows(page),
        "missing": [ROLE_LABELS[role] for role in page.missing],
        "voted": [ROLE_LABELS[role] for role in page.voted],
        "pdf_url": _pdf_url(review),
        "document": page.dossier,
        **_dossier(page.dossier, assessment.rows),
        "breadcrumbs": [*_crumbs(review.cohort), {"label": _("Review %(n)s") % {"n": review.number}}],
    }
    return render(request, "safety/gate_review.html", context)


def _gate_page(
    request: HttpRequest,
    cohort: Cohort,
    *,
    form: VoteForm | None = None,
    reasons: tuple[Reason, ...] = (),
    status: int = 200,
) -> HttpResponse:
    trial = trial_of(request)
    page = gate_page(cohort, access=trial.access, at=trial.at)
    context = {
        "cohort": cohort,
        "zone": page.assessment.timezone,
        "page": page,
        "result": page.result,
        "permission_reasons": page.result.permission.reasons,
        "is_last": cohort.number == len(page.assessment.rows.definition.cohorts),
        "next_number": cohort.number + 1,
        "document": page.document,
        **_dossier(page.document, page.assessment.rows),
        **_review_context(page, form=form),
        "reasons": reasons,
        "left": slot_rows(page.assessment, sites=trial.access.sites(at=trial.at)),
        "reviews": review_rows(reviews_of(cohort), timezone=page.assessment.timezone),
        "breadcrumbs": _crumbs(cohort),
    }
    return render(request, "safety/gate.html", context, status=status)


def _review_context(page: GatePage, *, form: VoteForm | None) -> Mapping[str, object]:
    review = page.review
    if review is None:
        return {}
    own = next(iter(review.votes), None) if review.is_open else None
    voting = page.voting
    context: dict[str, object] = {
        "review": review,
        "signatures": signature_rows(review),
        "missing": votes_missing(review),
        "voted": [ROLE_LABELS[role] for role in review.voted],
        "own_vote": own,
        "pdf_url": _pdf_url(review.review),
    }
    if voting is not None and voting.against.allowed and review.is_open and not page.must_convene:
        shown = form or VoteForm(offered=voting.offered, content_hash=review.review.dossier_sha256)
        context |= {"vote_form": shown, "vote_role": ROLE_LABELS[voting.role] if voting.role else ""}
    return context


def _dossier(document: Document, rows: CohortRows) -> Mapping[str, object]:
    return {
        "policy": policy_rows(document),
        "subjects": subject_rows(document),
        "events": event_rows_of(document, rows=rows),
        "open_items": open_items(document, rows=rows),
        "met_items": met_items(document, rows=rows),
        "presets": result_rows(document),
        "result_reasons": reasons_of(document),
        "earliest": earliest_review_at(document),
    }


def _cohort(trial: TrialContext, number: int) -> Cohort:
    cohorts = Cohort.objects.filter(study=trial.study).select_related("study")
    return get_object_or_404(cohorts, number=number)


def _review(trial: TrialContext, pk: int) -> GateReview:
    rows = GateReview.objects.filter(cohort__study=trial.study)
    found = rows.select_related("cohort__study", "protocol_version", "convened_by").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _pdf_url(review: GateReview) -> str:
    return address("gate-dossier-pdf", review.pk)


def _crumbs(cohort: Cohort) -> list[dict[str, str]]:
    return [
        {"label": _("Safety gates"), "url": reverse("gate-list")},
        {"label": _("Gate of cohort %(n)s") % {"n": cohort.number}, "url": reverse("gate", args=[cohort.number])},
    ]
