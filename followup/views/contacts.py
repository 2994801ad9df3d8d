"""The visits of one participant and the telephone contacts beside them; entering a call, and voiding one."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment.models import Subject
from enrollment.selectors.subjects import subject_or_404
from enrollment.views.crumbs import subject_head
from followup.forms.contact import ContactForm, ContactVoidForm
from followup.models import TelephoneContact
from followup.rules.contacts import may_void_contact
from followup.rules.states import AdverseEventAnswer
from followup.selectors.contacts import contacting, visible_contacts
from followup.selectors.losses import losses_of
from followup.selectors.visits import visits_of
from followup.services import contacts
from followup.views.addresses import address
from followup.views.contact_rows import contact_columns, contact_row, loss_items
from followup.views.rows import visit_columns, visit_row
from trial.edge.acting import attempt
from trial.edge.context import trial_of
from trial.edge.declared import requires
from trial.permissions import Permission
from trial.rules.decision import Reason
from trial.rules.site_time import at_site, from_wall_clock

_PAGE_SIZE = 25
_SOME_TEXT = "-"


@requires(Permission.SUBJECT_VIEW, post=Permission.CONTACT_RECORD)
def subject_visits(request: HttpRequest, code: str) -> HttpResponse:
    """A POST enters a call. The answer "yes" leads on to the form of the event."""
    trial = trial_of(request)
    subject = subject_or_404(trial, code=code)
    if request.method != "POST":
        return _page(request, subject)
    form = ContactForm(request.POST)
    if not form.is_valid():
        return _page(request, subject, form=form)
    answer = AdverseEventAnswer(form.cleaned_data["adverse_events_asked"])
    outcome = attempt(
        lambda: contacts.record(
            subject=subject,
            contacted_at=from_wall_clock(form.cleaned_data["contacted_at"], timezone=subject.site.timezone),
            asked=answer,
            note=form.cleaned_data["note"],
            by=trial.user,
            at=trial.at,
        )
    )
    if outcome.refused:
        return _page(request, subject, form=form, reasons=outcome.reasons, status=outcome.status)
    messages.success(request, _("The telephone contact with %(code)s is entered.") % {"code": subject.code})
    return _to("event-record" if answer is AdverseEventAnswer.YES else "subject-visits", subject.code)


@requires(Permission.SUBJECT_VIEW, post=Permission.CONTACT_RECORD)
def contact_void(request: HttpRequest, pk: int) -> HttpResponse:
    """A summary before a contact counts for nothing any more, with its reason."""
    trial = trial_of(request)
    contact = get_object_or_404(visible_contacts(trial), pk=pk)
    subject = contact.subject
    form = ContactVoidForm(request.POST if request.method == "POST" else None)
    reasons: tuple[Reason, ...] = ()
    status = 200
    if request.method == "POST" and form.is_valid():
        why = form.cleaned_data["reason"]
        outcome = attempt(lambda: contacts.void(contact=contact, reason=why, by=trial.user, at=trial.at))
        if not outcome.refused:
            messages.success(request, _("The telephone contact is void."))
            return _to("subject-visits", subject.code)
        reasons, status = outcome.reasons, outcome.status
    possible = may_void_contact(is_void=contact.voided_at is not None, reason=_SOME_TEXT)
    decision = trial.check(Permission.CONTACT_RECORD, site=subject.site) + possible
    context = subject_head(trial, subject, here="subject-visits", label=_("Telephone contact")) | {
        "table": _contact_table([contact], zone=subject.site.timezone, may_void=False),
        "form": form,
        "reasons": reasons,
        "blocked": () if reasons else decision.reasons,
    }
    return render(request, "followup/contact_void.html", context, status=status)


def _page(
    request: HttpRequest,
    subject: Subject,
    *,
    form: ContactForm | None = None,
    reasons: tuple[Reason, ...] = (),
    status: int = 200,
) -> HttpResponse:
    trial = trial_of(request)
    zone = subject.site.timezone
    rows = visible_contacts(trial).filter(subject=subject)
    page = Paginator(rows, _PAGE_SIZE).get_page(request.GET.get("page"))
    lines = [line for line in visits_of(subject, at=trial.at) if line.visit.state != "CANCELLED"]
    now = at_site(trial.at, timezone=zone).replace(tzinfo=None, second=0, microsecond=0)
    recording = trial.check(Permission.CONTACT_RECORD, site=subject.site)
    decision = recording + contacting(subject, at=trial.at)
    context = subject_head(trial, subject, here="subject-visits", label=_("Visits")) | {
        "visits": {
            "caption": _("Visits"),
            "columns": visit_columns(with_subject=False),
            "rows": [visit_row(line, with_subject=False) for line in lines],
            "empty": {
                "title": _("No visit is planned"),
                "text": _("Visits follow from consent and infusions."),
                "icon": "calendar",
            },
        },
        "contacts": _contact_table(list(page), zone=zone, may_void=recording.allowed) | {"page": page},
        "losses": loss_items(losses_of(subject), zone=zone),
        "loss_url": address("subject-loss", subject.code),
        "phone_suffices": trial.definition.gate.phone_contact_suffices,
        "form": form or ContactForm(initial={"contacted_at": now}),
        "reasons": reasons,
        "blocked": decision.reasons,
    }
    return render(request, "followup/subject_visits.html", context, status=status)


def _contact_table(rows: list[TelephoneContact], *, zone: str, may_void: bool) -> dict[str, object]:
    return {
        "caption": _("Telephone contacts, the latest first"),
        "caption_hidden": True,
        "columns": contact_columns(),
        "rows": [contact_row(contact, zone=zone, may_void=may_void) for contact in rows],
        "empty": {
            "title": _("No telephone contact"),
            "text": _("Calls in which an investigator asked about adverse events stand here."),
            "icon": "activity",
        },
    }


def _to(name: str, code: str) -> HttpResponse:
    response = redirect(reverse(name, args=[code]))
    response.status_code = 303
    return response
