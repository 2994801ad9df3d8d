"""Drafts of one person: nobody else ever reads them."""

from __future__ import annotations

from django.db.models import QuerySet
from django.db.models.fields.json import KeyTextTransform

from trial.models import FormDraft, Study, User


def draft_of(user: User, *, study: Study, place: str) -> FormDraft | None:
    return FormDraft.objects.filter(user=user, study=study, place=place).first()


def drafts_of(user: User, *, study: Study) -> QuerySet[FormDraft]:
    """The latest first, each with its ``title``; what was typed is not read."""
    titled = FormDraft.objects.annotate(title=KeyTextTransform("title", "content")).defer("content")
    return titled.filter(user=user, study=study).order_by("-saved_at", "-id")
