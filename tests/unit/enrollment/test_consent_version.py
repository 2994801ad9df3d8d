"""Which consent forms may be entered, and on which signing again may be asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from enrollment.rules.consent_version import ConsentText, may_enter_version, may_require_reconsent

TODAY = date(2026, 3, 12)
FIRST = ConsentText(label="1.0", language="zh-Hant", approved_on=date(2026, 1, 10))
SECOND = ConsentText(
    label="2.0",
    language="zh-Hant",
    approved_on=date(2026, 3, 1),
    reconsent_required=True,
    reconsent_by=date(2026, 4, 1),
)


def enter(text: ConsentText, *existing: ConsentText, late_reason: str = "") -> tuple[str, ...]:
    return may_enter_version(text, existing=existing, today=TODAY, late_reason=late_reason).codes


def changed(text: ConsentText, **changes: object) -> ConsentText:
    return replace(text, **changes)  # type: ignore[arg-type]  # fields of the text


@pytest.mark.parametrize(
    ("text", "existing", "codes"),
    [
        pytest.param(SECOND, (FIRST,), (), id="a new version"),
        pytest.param(changed(SECOND, approved_on=TODAY), (FIRST,), (), id="approved today"),
        pytest.param(changed(SECOND, approved_on=date(2026, 3, 13)), (FIRST,), ("CNV-FUTURE",), id="tomorrow"),
        pytest.param(changed(SECOND, reconsent_by=None), (FIRST,), ("CNV-BY",), id="until when"),
        pytest.param(changed(SECOND, reconsent_required=False), (FIRST,), ("CNV-BY",), id="a last day for nothing"),
        pytest.param(changed(SECOND, reconsent_by=date(2026, 3, 1)), (FIRST,), (), id="last day is approval day"),
        pytest.param(changed(SECOND, reconsent_by=date(2026, 2, 28)), (FIRST,), ("CNV-BY",), id="before approval"),
        pytest.param(FIRST, (FIRST,), ("CNV-TWICE",), id="twice"),
        pytest.param(changed(FIRST, language="en"), (FIRST,), (), id="a translation"),
    ],
)
def test_one_thing_wrong_one_reason(text: ConsentText, existing: tuple[ConsentText, ...], codes: tuple[str, ...]):
    assert enter(text, *existing) == codes


def test_a_form_approved_before_one_that_is_entered_says_why_it_is_late():
    middle = ConsentText(label="1.1", language="zh-Hant", approved_on=date(2026, 2, 1))
    assert enter(middle, FIRST, SECOND) == ("CNV-LATE",)
    assert enter(middle, FIRST, SECOND, late_reason=" ") == ("CNV-LATE",)
    assert enter(middle, FIRST, SECOND, late_reason="letter found") == ()
    assert enter(changed(middle, language="en"), FIRST, SECOND) == ()
    assert enter(changed(middle, approved_on=SECOND.approved_on), FIRST, SECOND) == ()


@pytest.mark.parametrize(
    ("approved_on", "asked", "codes"),
    [
        pytest.param(date(2026, 3, 5), True, ("CNV-TRANSLATION",), id="later, asked again"),
        pytest.param(date(2026, 3, 5), False, (), id="later, not asked"),
        pytest.param(date(2026, 3, 1), True, (), id="same day, asked in both"),
        pytest.param(date(2026, 2, 28), False, ("CNV-TRANSLATION",), id="earlier than where it is asked for"),
    ],
)
def test_signing_again_is_asked_for_on_the_first_text_of_a_version(
    approved_on: date, asked: bool, codes: tuple[str, ...]
):
    translated = ConsentText(
        label="2.0",
        language="en",
        approved_on=approved_on,
        reconsent_required=asked,
        reconsent_by=date(2026, 4, 1) if asked else None,
    )
    assert enter(translated, FIRST, SECOND) == codes


@pytest.mark.parametrize(
    ("approved_on", "codes"),
    [(date(2026, 2, 28), ()), (date(2026, 3, 1), ("CNV-OUTDATED",)), (date(2026, 3, 5), ("CNV-OUTDATED",))],
)
def test_an_older_text_is_not_dated_as_new_as_what_has_to_be_signed_again(approved_on: date, codes: tuple[str, ...]):
    """Whoever signed the old text in another language would otherwise be taken to have signed the new one."""
    assert enter(changed(FIRST, language="en", approved_on=approved_on), FIRST, SECOND) == codes


def test_what_has_to_be_signed_again_is_not_slipped_in_before_a_translation_of_the_old_text():
    late_translation = changed(FIRST, language="en", approved_on=date(2026, 3, 5))
    assert enter(SECOND, FIRST, late_translation) == ("CNV-OUTDATED",)
    assert enter(changed(SECOND, reconsent_required=False, reconsent_by=None), FIRST, late_translation) == ()


PLAIN = changed(SECOND, reconsent_required=False, reconsent_by=None)


@pytest.mark.parametrize(
    ("text", "by", "reason", "codes"),
    [
        pytest.param(PLAIN, date(2026, 4, 1), "letter", (), id="asked"),
        pytest.param(PLAIN, TODAY, "letter", (), id="until today"),
        pytest.param(PLAIN, date(2026, 3, 11), "letter", ("CNV-BY",), id="until yesterday"),
        pytest.param(PLAIN, None, "letter", ("CNV-BY",), id="until never"),
        pytest.param(PLAIN, date(2026, 4, 1), " ", ("CNV-REASON",), id="no reason"),
        pytest.param(SECOND, date(2026, 4, 1), "letter", ("CNV-ALREADY",), id="asked already"),
    ],
)
def test_asking_later(text: ConsentText, by: date | None, reason: str, codes: tuple[str, ...]):
    assert may_require_reconsent(text, existing=(FIRST,), by=by, today=TODAY, reason=reason).codes == codes


def test_asking_later_keeps_the_order_of_texts():
    english = changed(PLAIN, language="en", approved_on=date(2026, 3, 5))
    asked = may_require_reconsent(
        english, existing=(FIRST, PLAIN), by=date(2026, 4, 1), today=TODAY, reason="letter of the committee"
    )
    assert asked.codes == ("CNV-TRANSLATION",)
