"""An answer to the informed consent as it may be recorded."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from enrollment.rules.consent_entry import ConsentEntryFacts, may_record_consent
from enrollment.rules.states import ConsentStatus, SubjectState

AT = datetime(2026, 3, 12, 6, 0, tzinfo=UTC)


def ok_consent_facts(**changes: object) -> ConsentEntryFacts:
    facts = ConsentEntryFacts(
        state=SubjectState.SCREENING,
        status=ConsentStatus.SIGNED,
        given_at=AT,
        approved_on=date(2026, 3, 1),
        version_of_site=True,
        copy_given=True,
        explainer_delegated=True,
        open_consent_same_version=False,
        timezone="Asia/Taipei",
    )
    return replace(facts, **changes)


def test_nothing_stands_against_it():
    assert may_record_consent(ok_consent_facts(), at=AT).allowed


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"given_at": AT + timedelta(seconds=1)}, "CON-FUTURE"),
        ({"version_of_site": False}, "CON-VERSION"),
        ({"approved_on": date(2026, 3, 13)}, "CON-VERSION"),
        ({"copy_given": False}, "CON-COPY"),
        ({"explainer_delegated": False}, "CON-EXPLAINED"),
        ({"open_consent_same_version": True}, "CON-TWICE"),
        ({"state": SubjectState.WITHDRAWN}, "CON-ENDED"),
        ({"state": SubjectState.SCREEN_FAILED}, "CON-ENDED"),
        ({"state": SubjectState.DIED}, "CON-ENDED"),
        ({"state": SubjectState.COMPLETED}, "CON-ENDED"),
    ],
)
def test_each_reason_by_itself(change: dict[str, object], code: str):
    assert may_record_consent(ok_consent_facts(**change), at=AT).codes == (code,)


def test_the_day_of_approval_is_a_day_at_the_site():
    # 16:30 UTC on 12 March is 13 March in Taipei: a form approved on the 13th may be signed then.
    late = datetime(2026, 3, 12, 16, 30, tzinfo=UTC)
    assert may_record_consent(ok_consent_facts(given_at=late, approved_on=date(2026, 3, 13)), at=late).allowed


def test_a_refusal_needs_no_copy():
    assert may_record_consent(ok_consent_facts(status=ConsentStatus.REFUSED, copy_given=False), at=AT).allowed


def test_all_reasons_are_told_at_once():
    facts = ok_consent_facts(
        given_at=AT + timedelta(days=1), version_of_site=False, copy_given=False, explainer_delegated=False
    )
    codes = may_record_consent(facts, at=AT).codes
    assert codes == ("CON-FUTURE", "CON-VERSION", "CON-COPY", "CON-EXPLAINED")
