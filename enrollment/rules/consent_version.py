"""Whether a consent form may be entered as approved for a site, and when signing it again may be asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from trial.rules.decision import Decision, Reason

_SOURCE = "ICH E6(R3) 2.8 (consent materials approved by the ethics committee)"
_AGAIN = "ICH E6(R3) 2.8 (new information, signing again)"
_LATE = "ALCOA: contemporaneous"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentText:
    """One consent form of a site. The same ``label`` in another ``language`` is its translation."""

    label: str
    language: str
    approved_on: date
    reconsent_required: bool = False
    reconsent_by: date | None = None


def may_enter_version(
    text: ConsentText, *, existing: Collection[ConsentText], today: date, late_reason: str = ""
) -> Decision:
    """Every reason against this entry. ``existing``: the site's forms; ``today``: the site's day.

    ``late_reason`` says why a form is entered that was approved before one already entered in its language.
    """
    return Decision.of([*_dates(text, today=today), *_among(text, existing, late_reason=late_reason)])


def may_require_reconsent(
    text: ConsentText, *, existing: Collection[ConsentText], by: date | None, today: date, reason: str
) -> Decision:
    """Every reason against asking for signing again on a form that was entered without it. It is never taken back.

    ``existing``: the other forms of the site.
    """
    wanted = ConsentText(
        label=text.label,
        language=text.language,
        approved_on=text.approved_on,
        reconsent_required=True,
        reconsent_by=by,
    )
    already = Reason("CNV-ALREADY", "Signing this version again is asked for already.", _AGAIN)
    unsaid = Reason("CNV-REASON", "Say why subjects have to sign again.", "21 CFR 11.10(e)")
    past = Reason("CNV-BY", "The last day for signing again lies before today.", _AGAIN)
    return Decision.of(
        [
            already if text.reconsent_required else None,
            None if reason.strip() else unsaid,
            past if by is not None and by < today else None,
            *_last_day(wanted),
            *_order(wanted, existing),
        ]
    )


def _dates(text: ConsentText, *, today: date) -> Iterator[Reason]:
    if text.approved_on > today:
        yield Reason("CNV-FUTURE", "The day of approval lies in the future at the site.", _SOURCE)
    yield from _last_day(text)


def _last_day(text: ConsentText) -> Iterator[Reason]:
    if text.reconsent_required and text.reconsent_by is None:
        yield Reason("CNV-BY", "Say until when subjects have to sign again.", _AGAIN)
    if text.reconsent_by is not None and not text.reconsent_required:
        yield Reason("CNV-BY", "A last day belongs to a version that has to be signed again.", _AGAIN)
    if text.reconsent_by is not None and text.reconsent_by < text.approved_on:
        yield Reason("CNV-BY", "The last day for signing again lies before the approval.", _AGAIN)


def _among(text: ConsentText, existing: Collection[ConsentText], *, late_reason: str) -> Iterator[Reason]:
    if any((each.label, each.language) == (text.label, text.language) for each in existing):
        message = f"Version {text.label} ({text.language}) of this site is entered already."
        yield Reason("CNV-TWICE", message, _SOURCE)
        return
    newer = [e for e in existing if e.language == text.language and e.approved_on > text.approved_on]
    if newer and not late_reason.strip():
        latest = max(newer, key=lambda each: each.approved_on)
        message = (
            f"Version {latest.label} ({latest.language}) was approved later, on {latest.approved_on}, and is entered "
            "already. Say why this one is entered only now."
        )
        yield Reason("CNV-LATE", message, _LATE)
    yield from _order(text, existing)


def _order(text: ConsentText, existing: Collection[ConsentText]) -> Iterator[Reason]:
    """What has to be signed again is decided by the day of approval, so that day has to tell older from newer texts."""
    texts = [*existing, text]
    for required in texts:
        if not required.reconsent_required:
            continue
        first = _first(required, texts)
        if first.approved_on < required.approved_on and text in (required, first):
            message = (
                f"Version {required.label} was first approved on {first.approved_on} ({first.language}). Signing again "
                "is asked for there, and counts for every language: a translation asks nobody a second time."
            )
            yield Reason("CNV-TRANSLATION", message, _AGAIN)
        for old in _outdated(required, texts):
            if text in (required, old):
                message = (
                    f"Version {old.label} ({old.language}), approved on {old.approved_on}, is older than version "
                    f"{required.label} of {required.approved_on}, which has to be signed again: nobody may be taken to "
                    "have signed the newer text by it."
                )
                yield Reason("CNV-OUTDATED", message, _AGAIN)


def _first(text: ConsentText, texts: Sequence[ConsentText]) -> ConsentText:
    return min((each for each in texts if each.label == text.label), key=lambda each: each.approved_on)


def _outdated(required: ConsentText, texts: Sequence[ConsentText]) -> Iterator[ConsentText]:
    """Forms dated as if they were as new as ``required``, of a version that was first approved before it."""
    for each in texts:
        is_other = each.label != required.label
        if is_other and _first(each, texts).approved_on < required.approved_on <= each.approved_on:
            yield each
