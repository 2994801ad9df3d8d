"""The signed page of an answer: filing its scan, and opening it for a purpose."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from enrollment.forms.consent_document import OpeningForm, SignedPageForm
from enrollment.rules.identity import may_open_at_all, purposes_for
from enrollment.rules.states import ConsentStatus, OpeningPurpose
from enrollment.selectors.consent_documents import consent_or_404, document_facts, document_or_404
from enrollment.services import consent_documents
from enrollment.services.consent_documents import OpenedPage
from enrollment.views.crumbs import subject_head
from trial.edge.acting import attempt
from trial.edge.context import trial_of
from trial.edge.declared import requires
from trial.permissions import Permission


@requires(Permission.CONSENT_RECORD)
def document_file(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Choose the scan of the signed page of one answer."""
    trial = trial_of(request)
    consent = consent_or_404(trial, code=code, pk=pk)
    is_sent = request.method == "POST"
    form = SignedPageForm(request.POST if is_sent else None, request.FILES if is_sent else None)
    context: dict[str, object] = {"form": form, "consent": consent, "is_signed": consent.status == ConsentStatus.SIGNED}
    status = 200
    if is_sent and form.is_valid():
        content: bytes = form.cleaned_data["file"]
        outcome = attempt(
            lambda: consent_documents.file_page(consent=consent, content=content, by=trial.user, at=trial.at)
        )
        if not outcome.refused:
            messages.success(request, _("The signed page is filed with version %s.") % consent.consent_version)
            return redirect("consent", code=code)
        context["reasons"], status = outcome.reasons, outcome.status
    context |= subject_head(trial, consent.subject, here="consent", label=_("Signed page"))
    return render(request, "enrollment/consent_document_file.html", context, status=status)


@requires(Permission.IDENTITY_OPEN)
def document_open(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Ask what the page is opened for; then send it, to keep and never to show in the browser."""
    trial = trial_of(request)
    document = document_or_404(trial, code=code, pk=pk)
    subject = document.consent.subject
    trial.require(Permission.IDENTITY_OPEN, site=subject.site)
    facts = document_facts(subject)
    purposes = purposes_for(trial.access.roles(at=trial.at, site=subject.site), facts)
    form = OpeningForm(request.POST if request.method == "POST" else None, purposes=purposes)
    context: dict[str, object] = {"form": form, "document": document, "blocked": may_open_at_all(facts).reasons}
    status = 200
    if request.method == "POST" and form.is_valid():
        purpose = OpeningPurpose(form.cleaned_data["purpose"])
        outcome = attempt(
            lambda: consent_documents.open_page(document=document, purpose=purpose, by=trial.user, at=trial.at)
        )
        if outcome.result is not None:
            return sent(outcome.result)
        context["reasons"], status = outcome.reasons, outcome.status
    context |= subject_head(trial, subject, here="consent", label=_("Signed page"))
    return render(request, "enrollment/consent_document_open.html", context, status=status)


def sent(page: OpenedPage) -> HttpResponse:
    """The file as an attachment that no cache keeps and no browser takes for anything else."""
    return HttpResponse(
        page.content,
        content_type=page.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{page.filename}"',
            "Cache-Control": "no-store, private",
            "X-Content-Type-Options": "nosniff",
        },
    )
