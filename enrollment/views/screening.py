"""The screening page: facts entered once, beside them every criterion, judged again while one types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from enrollment.forms.screening import ScreeningForm
from enrollment.forms.screening_labels import fact_label, fact_of
from enrollment.models import Screening, Subject
from enrollment.rules.interviews import INTERVIEW_KEYS
from enrollment.rules.merging import merge_facts
from enrollment.rules.notices import before_signing
from enrollment.rules.screening_changes import UNSAVED, changed_keys, may_change_facts, may_fail, may_sign
from enrollment.rules.states import SubjectState
from enrollment.rules.stored_facts import stored_facts
from enrollment.selectors.birth_dates import facts_for
from enrollment.selectors.eligibility import Assessment, assess, current_screening
from enrollment.selectors.screening import facts_at, last_change, signed_eligibility
from enrollment.selectors.subjects import site_of_subject, subject_or_404
from enrollment.services import screenings
from enrollment.views.beside import beside, support
from enrollment.views.criteria import difference_rows, in_words, verdict_page
from enrollment.views.crumbs import subject_head
from trial.documents.problems import InputProblems, Problem
from trial.edge.acting import attempt
from trial.edge.context import TrialContext, trial_of
from trial.edge.declared import requires
from trial.edge.drafts import settle_draft
from trial.permissions import Permission
from trial.rules.decision import Reason
from trial.rules.site_time import site_date

_STALE = "stale"


@requires(Permission.SUBJECT_VIEW, post=Permission.SCREENING_EDIT, drafts=site_of_subject)
def screening(request: HttpRequest, code: str) -> HttpResponse:
    trial = trial_of(request)
    subject = subject_or_404(trial, code=code)
    if request.method == "POST":
        return _save(request, trial, subject)
    shown = current_screening(subject)
    form = _form(shown, facts=facts_for(trial, subject, shown.facts))
    return _page(request, trial, shown, form, facts=shown.facts)


@require_POST
@requires(Permission.SUBJECT_VIEW)
def screening_preview(request: HttpRequest, code: str) -> HttpResponse:
    """The verdict on what is typed so far. Saves nothing; what cannot be read is left out and named."""
    trial = trial_of(request)
    subject = subject_or_404(trial, code=code)
    shown = current_screening(subject)
    form = _form(shown, request.POST)
    form.is_valid()
    entered, problems = _readable(trial, form.document(), shown)
    context = _verdict_context(trial, shown, entered) | {
        "subject": subject,
        "may_edit": trial.may(Permission.SCREENING_EDIT, site=subject.site),
        "unread": [_in_words(problem) for problem in problems],
    }
    return render(request, "enrollment/_preview.html", context)


def _save(request: HttpRequest, trial: TrialContext, subject: Subject) -> HttpResponse:
    shown = current_screening(subject)
    form = _form(shown, request.POST)
    form.is_valid()
    entered, problems = _readable(trial, form.document(), shown)
    form.add_problems(problems)
    if form.errors:
        return _page(request, trial, shown, form, facts=entered)
    outcome = attempt(
        lambda: screenings.save_facts(
            screening=shown,
            facts=entered,
            seen_sha256=form.cleaned_data["seen_sha256"],
            reason=form.cleaned_data["reason"],
            by=trial.user,
            at=trial.at,
        )
    )
    if not outcome.refused:
        settle_draft(request)
        messages.success(request, _("The screening facts of %(code)s are saved.") % {"code": subject.code})
        return redirect("screening", code=subject.code)
    if any(reason.code == _STALE for reason in outcome.reasons):
        return _conflict(request, trial, shown, form, entered)
    return _page(request, trial, shown, form, facts=entered, reasons=outcome.reasons, status=outcome.status)


def _conflict(
    request: HttpRequest, trial: TrialContext, saved: Screening, form: ScreeningForm, entered: Mapping[str, Any]
) -> HttpResponse:
    """Somebody else saved meanwhile: their other values are taken over, and where both changed one, both are shown."""
    saved.refresh_from_db(fields=["facts", "facts_sha256"])
    seen = facts_at(saved, sha256=form.cleaned_data["seen_sha256"]) or {}
    heard = {key: saved.facts[key] for key in INTERVIEW_KEYS & saved.facts.keys()}
    typed = {key: value for key, value in entered.items() if key not in INTERVIEW_KEYS}
    merge = merge_facts(seen=seen, saved=saved.facts, entered=typed | heard)
    merged = _form(saved, _as_typed(merge.document, form, saved))
    merged.is_valid()
    conflict = {
        "by": last_change(saved),
        "conflicts": difference_rows(merge.conflicts, columns=[seen, saved.facts, entered]),
        "taken": difference_rows(merge.taken, columns=[seen, saved.facts]),
    }
    return _page(request, trial, saved, merged, facts=merge.document, status=409, conflict=conflict)


def _as_typed(document: Mapping[str, Any], form: ScreeningForm, saved: Screening) -> dict[str, Any]:
    """The merged facts as if they had been typed on top of what is saved now."""
    filled = ScreeningForm(facts=document, seen_sha256=saved.facts_sha256, drugs=_drugs(saved)).initial
    return {**filled, "reason": form.cleaned_data["reason"]}


def _page(
    request: HttpRequest,
    trial: TrialContext,
    shown: Screening,
    form: ScreeningForm,
    *,
    facts: Mapping[str, Any],
    reasons: tuple[Reason, ...] = (),
    status: int = 200,
    conflict: Mapping[str, object] | None = None,
) -> HttpResponse:
    subject = shown.subject
    editing = trial.check(Permission.SCREENING_EDIT, site=subject.site)
    closed = may_change_facts(SubjectState(subject.state), changed=(), reason="").reasons
    context = _verdict_context(trial, shown, facts) | subject_head(
        trial, subject, here="screening", label=_("Screening")
    )
    context |= {
        "screening": shown,
        "form": form,
        "fieldsets": list(form.fieldsets()),
        "reasons": reasons,
        "conflict": conflict,
        "may_edit": editing.allowed and not closed,
        "edit_reasons": editing.reasons + closed,
        "signed": signed_eligibility(shown),
        "support": support(shown),
        "drug_names": _drug_names(shown),
    }
    return render(request, "enrollment/screening.html", context, status=status)


def _verdict_context(trial: TrialContext, shown: Screening, facts: Mapping[str, Any]) -> dict[str, Any]:
    """``facts`` can be read. The acts are judged on the very same facts, and offered only for what is saved."""
    subject = shown.subject
    assessment = assess(shown, facts, at=trial.at)
    verdict = assessment.verdict
    changed = changed_keys(saved=shown.facts, entered=facts)
    state = SubjectState(subject.state)
    is_saved = dict(facts) == shown.facts
    return beside(assessment) | {
        "verdict": verdict_page(verdict, definition=subject.protocol_version.definition),
        "changed": difference_rows(changed, columns=[facts_for(trial, subject, each) for each in (shown.facts, facts)]),
        "sign_reasons": _sign_reasons(state, assessment) + (() if is_saved else (UNSAVED,)),
        "may_fail": is_saved
        and may_fail(state, verdict).allowed
        and trial.may(Permission.SCREENING_EDIT, site=subject.site),
        "consents_url": reverse("consent", args=[subject.code]),
    }


def _sign_reasons(state: SubjectState, assessment: Assessment) -> tuple[Reason, ...]:
    decision = may_sign(state, assessment.verdict, undocumented=before_signing(assessment.notices))
    return in_words(decision.reasons, assessment.verdict)


def _readable(
    trial: TrialContext, document: Mapping[str, Any], shown: Screening
) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """The part of a document that can be read, as it would be stored, and the problems of the rest. What interviews
    found is not typed and stays as it is."""
    definition = shown.subject.protocol_version.definition
    on = site_date(trial.at, timezone=shown.subject.site.timezone)
    heard = {key: shown.facts[key] for key in INTERVIEW_KEYS & shown.facts.keys()}
    rest = dict(document)
    problems: list[Problem] = []
    while True:
        try:
            return stored_facts(rest, definition=definition, on=on) | heard, tuple(problems)
        except InputProblems as wrong:
            problems.extend(wrong.problems)
            unread = {_outer_key(problem.key) for problem in wrong.problems}
            if "treatments" in unread:
                # A list that is left out is not all there ever was: it would say that nobody was treated.
                unread.add("treatments_complete")
            # A problem of no key in particular leaves nothing that could be read.
            rest = {key: value for key, value in rest.items() if key not in unread} if unread & rest.keys() else {}


def _outer_key(key: str) -> str:
    """``ctd`` of ``ctd[0].attested``, ``creatinine`` of ``creatinine.value``."""
    return key.partition(".")[0].partition("[")[0]


def _in_words(problem: Problem) -> str:
    label = fact_label(problem.key if fact_of(problem.key) else _outer_key(problem.key))
    return f"{label}: {problem.text}"


def _form(
    shown: Screening, data: Mapping[str, Any] | None = None, *, facts: Mapping[str, Any] | None = None
) -> ScreeningForm:
    """``facts``: what the reader may see of those that are saved; an editor sees all."""
    return ScreeningForm(
        data, facts=shown.facts if facts is None else facts, seen_sha256=shown.facts_sha256, drugs=_drugs(shown)
    )


def _drugs(shown: Screening) -> list[str]:
    return sorted(shown.subject.protocol_version.definition.eligibility.prednisolone_equivalents_mg)


def _drug_names(shown: Screening) -> list[str]:
    """What the protocol knows of drugs, for a browser to suggest."""
    parameters = shown.subject.protocol_version.definition.eligibility
    return [
        *_drugs(shown),
        *sorted((*parameters.listed_immunosuppressants, *parameters.attested_immunosuppressants)),
    ]
