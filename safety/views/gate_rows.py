"""Gates and reviews as rows."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from safety.forms.labels import DECISIONS
from safety.models import GateReview
from safety.rules.states import GateDecision
from safety.selectors.drift import open_reviews
from safety.selectors.gate import Assessment
from safety.selectors.gate_page import signature_stands
from safety.selectors.reviews import ReviewPage
from trial.rules.roles import ROLE_LABELS, Role
from trial.rules.states import MEANING_LABELS, Meaning

Item = dict[str, object]


def gate_row(assessment: Assessment) -> Item:
    """One gate of the overview."""
    result, number = assessment.result, assessment.rows.cohort.number
    evaluable = sum(subject.evaluable for subject in result.subjects)
    return {
        "number": number,
        "url": reverse("gate", args=[number]),
        "infusions": assessment.rows.plan.infusions,
        "state": result.state,
        "verdict": result.result,
        "evaluable": evaluable,
        "required": assessment.policy.required_evaluable[number - 1],
        "counting": len(result.qualifying_events),
        "open_items": sum(not item.is_met for item in assessment.checklist),
        "earliest_review_at": result.earliest_review_at,
        "has_open_review": bool(open_reviews(assessment)),
        "next_open": result.next_cohort_open,
        "next_number": number + 1 if number < len(assessment.rows.definition.cohorts) else None,
    }


def signature_rows(page: ReviewPage) -> list[Item]:
    """The votes that this person may see, each with its signature."""
    return [
        {
            "vote": GateDecision(vote.vote),
            "words": DECISIONS[vote.vote],
            "rationale": vote.rationale,
            "printed_name": vote.signature.printed_name,
            "role": ROLE_LABELS[Role(vote.role)],
            "meaning": MEANING_LABELS[Meaning(vote.signature.meaning)],
            "signed_at": vote.signature.signed_at,
            "method": vote.signature.method,
            "content_hash": vote.signature.content_sha256,
            "is_valid": signature_stands(vote.signature, review=page.review),
        }
        for vote in page.votes
    ]


def votes_missing(page: ReviewPage) -> list[str]:
    return [ROLE_LABELS[role] for role in page.missing]


def review_rows(reviews: Sequence[GateReview], *, timezone: str) -> list[Item]:
    return [
        {
            "number": review.number,
            "url": reverse("gate-review", args=[review.pk]),
            "state": review.decision or ("SUPERSEDED" if review.superseded_at else "UNDER_REVIEW"),
            "convened_at": review.convened_at,
            "convened_by": review.convened_by.printed_name,
            "decided_at": review.decided_at,
            "sha256": review.dossier_sha256,
            "zone": timezone,
        }
        for review in reviews
    ]
