"""The visits of each cohort and their windows."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.rules.windows import PlannedVisit, plan_visits
from trial.protocol.loading import shipped_definition

DEFINITION = shipped_definition()
CONSENT = date(2024, 8, 1)
FIRST = date(2024, 8, 20)

COHORT_1 = "SCR BASE I1D0 I1D1 I1D7 I1D14 I1D28 M3 M6 M12"
COHORT_2 = "SCR BASE I1D0 I1D1 I1D7 I1D14 I2D0 I2D1 I2D7 I2D14 I2D28 M3 M6 M12"
COHORT_3 = "SCR BASE I1D0 I1D1 I1D7 I1D14 I2D0 I2D1 I2D7 I2D14 I3D0 I3D1 I3D7 I3D14 I3D28 M3 M6 M12"


def visits(
    cohort: int, *infusions: datetime | date | None, consent_on: date | None = CONSENT, **regimen: int
) -> dict[str, PlannedVisit]:
    planned = plan_visits(
        schedule=DEFINITION.schedule,
        cohort=DEFINITION.cohort(cohort),
        regimen=DEFINITION.regimen.model_copy(update=regimen),
        timezone=DEFINITION.timezone,
        consent_on=consent_on,
        infusions=infusions,
    )
    by_code = {visit.code: visit for visit in planned}
    assert len(by_code) == len(planned)
    return by_code


def days(visit: PlannedVisit) -> tuple[str, str, str]:
    return (str(visit.nominal_on), str(visit.opens_on), str(visit.closes_on))


@pytest.mark.parametrize(("cohort", "codes"), [(1, COHORT_1), (2, COHORT_2), (3, COHORT_3)])
@pytest.mark.parametrize("infusions", [(FIRST,), (None,), ()])
def test_the_nominal_plan_of_a_cohort(cohort: int, codes: str, infusions: tuple[date | None, ...]) -> None:
    assert " ".join(visits(cohort, *infusions)) == codes


def test_the_trial_plans_140_visits() -> None:
    counts = {cohort.number: len(visits(cohort.number, FIRST)) for cohort in DEFINITION.cohorts}
    assert counts == {1: 10, 2: 14, 3: 18}
    assert sum(counts[cohort.number] * cohort.size for cohort in DEFINITION.cohorts) == 140


def test_the_windows_of_the_first_cohort() -> None:
    planned = visits(1, FIRST)
    assert {code: days(visit) for code, visit in planned.items()} == {
        "SCR": ("2024-08-01", "2024-08-01", "2024-08-19"),
        "BASE": ("2024-08-20", "2024-08-13", "2024-08-20"),
        "I1D0": ("2024-08-20", "2024-08-20", "2024-08-20"),
        "I1D1": ("2024-08-21", "2024-08-21", "2024-08-21"),
        "I1D7": ("2024-08-27", "2024-08-25", "2024-08-29"),
        "I1D14": ("2024-09-03", "2024-08-31", "2024-09-06"),
        "I1D28": ("2024-09-17", "2024-09-17", "2024-09-20"),
        "M3": ("2024-11-19", "2024-11-05", "2024-12-03"),
        "M6": ("2025-02-18", "2025-02-04", "2025-03-04"),
        "M12": ("2025-08-19", "2025-07-22", "2025-09-16"),
    }


def test_a_window_in_days_runs_from_local_midnight_to_the_last_second() -> None:
    visit = visits(1, FIRST)["I1D28"]
    assert visit.opens_at is not None
    assert visit.closes_at is not None
    assert visit.opens_at.isoformat() == "2024-09-17T00:00:00+08:00"
    assert visit.closes_at.isoformat() == "2024-09-20T23:59:59+08:00"


@pytest.mark.parametrize(
    ("started_at", "opens_at", "closes_at"),
    [
        ("2024-08-20T09:00+08:00", "2024-08-21T05:00:00+08:00", "2024-08-21T21:00:00+08:00"),
        ("2024-08-20T14:30+08:00", "2024-08-21T10:30:00+08:00", "2024-08-22T02:30:00+08:00"),
        # 17:00 UTC is the next day at the site.
        ("2024-08-20T17:00+00:00", "2024-08-21T21:00:00+08:00", "2024-08-22T13:00:00+08:00"),
    ],
)
def test_day_1_counts_hours_from_the_start_of_the_infusion(started_at: str, opens_at: str, closes_at: str) -> None:
    visit = visits(1, datetime.fromisoformat(started_at))["I1D1"]
    assert visit.opens_at is not None
    assert visit.closes_at is not None
    assert (visit.opens_at.isoformat(), visit.closes_at.isoformat()) == (opens_at, closes_at)


def test_the_day_of_an_infusion_is_the_sites() -> None:
    assert visits(1, datetime(2024, 8, 20, 17, tzinfo=UTC))["I1D0"].nominal_on == date(2024, 8, 21)


def test_baseline_closes_when_the_infusion_starts() -> None:
    started_at = datetime.fromisoformat("2024-08-20T09:00+08:00")
    assert visits(1, started_at)["BASE"].closes_at == started_at


@pytest.mark.parametrize(
    ("consent_on", "expected"),
    [
        # 28 days before the first infusion, and one day more: consent still counts, its visits must be repeated.
        (date(2024, 7, 23), ("2024-07-23", "2024-07-23", "2024-08-19")),
        (date(2024, 7, 22), ("2024-07-22", "2024-07-23", "2024-08-19")),
        (date(2024, 8, 19), ("2024-08-19", "2024-08-19", "2024-08-19")),
        (date(2024, 8, 20), ("2024-08-20", "None", "2024-08-19")),
        (None, ("None", "None", "2024-08-19")),
    ],
)
def test_screening_lies_between_consent_and_the_day_before(consent_on: date | None, expected: tuple[str, ...]) -> None:
    assert days(visits(1, FIRST, consent_on=consent_on)["SCR"]) == expected


def test_what_is_not_known_is_left_open() -> None:
    planned = visits(2)
    assert days(planned["SCR"]) == ("2024-08-01", "2024-08-01", "None")
    for code, visit in planned.items():
        assert code == "SCR" or (visit.nominal_on, visit.opens_at, visit.closes_at) == (None, None, None)
    assert planned["I2D0"].merged_with == "I1D28"


@pytest.mark.parametrize(
    ("second", "merged"),
    [
        (date(2024, 9, 16), False),
        (date(2024, 9, 17), True),
        (date(2024, 9, 20), True),
        (date(2024, 9, 21), False),
    ],
)
def test_day_28_is_one_visit_with_the_next_infusion_inside_its_window(second: date, merged: bool) -> None:
    planned = visits(2, FIRST, second)
    assert ("I1D28" in planned) is not merged
    assert planned["I2D0"].merged_with == ("I1D28" if merged else None)
    assert planned["I2D28"].nominal_on == second + timedelta(days=28)
    assert len(planned) == (14 if merged else 15)


def test_a_late_second_infusion_moves_what_follows_and_not_its_own_window() -> None:
    planned = visits(3, FIRST, date(2024, 9, 30))
    assert days(planned["I1D28"]) == ("2024-09-17", "2024-09-17", "2024-09-20")
    assert days(planned["I2D0"]) == ("2024-09-30", "2024-09-17", "2024-09-24")
    assert days(planned["I3D0"]) == ("2024-10-28", "2024-10-28", "2024-11-04")
    assert planned["I3D0"].merged_with == "I2D28"
    assert days(planned["M3"])[0] == "2025-01-27"


def test_the_order_is_the_protocols_also_with_weekly_infusions() -> None:
    codes = " ".join(visits(2, FIRST, interval_days=7))
    assert codes == COHORT_2.replace("I2D0", "I1D28 I2D0")


@pytest.mark.parametrize(
    ("first", "day_28", "month_12"),
    [
        (date(2024, 2, 1), "2024-02-29", "2025-01-30"),
        (date(2023, 2, 1), "2023-03-01", "2024-01-31"),
        (date(2024, 1, 31), "2024-02-28", "2025-01-29"),
        (date(2024, 2, 29), "2024-03-28", "2025-02-27"),
        (date(2024, 12, 31), "2025-01-28", "2025-12-30"),
    ],
)
def test_leap_days_and_month_ends_are_days_like_others(first: date, day_28: str, month_12: str) -> None:
    planned = visits(1, first, consent_on=None)
    assert str(planned["I1D28"].nominal_on) == day_28
    assert str(planned["M12"].nominal_on) == month_12


@pytest.mark.parametrize(
    ("cohort", "infusions", "says"),
    [
        (1, (FIRST, date(2024, 9, 17)), "receives 1 infusion"),
        (2, (None, FIRST), "infusion 2 is given and infusion 1 is not"),
        (2, (FIRST, FIRST), "is not after"),
        (2, (FIRST, date(2024, 8, 1)), "is not after"),
    ],
)
def test_infusions_that_do_not_fit_are_refused(cohort: int, infusions: tuple[date | None, ...], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        visits(cohort, *infusions)


@pytest.mark.parametrize("infusions", [(None, FIRST), (FIRST, FIRST), (FIRST, date(2024, 8, 1))])
def test_what_was_given_in_breach_of_the_order_has_its_visits_all_the_same(infusions: tuple[date | None, ...]) -> None:
    cohort = DEFINITION.cohort(2)
    planned = plan_visits(
        schedule=DEFINITION.schedule,
        cohort=cohort,
        regimen=DEFINITION.regimen,
        timezone="Asia/Taipei",
        consent_on=None,
        infusions=infusions,
        as_recorded=True,
    )
    nominal = {visit.code: visit.nominal_on for visit in planned}
    assert (nominal["I1D0"], nominal["I2D0"]) == infusions
    assert nominal["I2D1"] == infusions[1] + timedelta(days=1)


@given(
    st.sampled_from([1, 2, 3]),
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    st.integers(min_value=1, max_value=60),
)
def test_windows_open_before_they_close_and_the_28_days_are_whole(cohort: int, first: datetime, gap: int) -> None:
    infusions = (first, first + timedelta(days=gap))[: min(cohort, 2)]
    for visit in visits(cohort, *infusions, consent_on=None).values():
        if visit.opens_at is not None and visit.closes_at is not None:
            assert visit.opens_at < visit.closes_at
        if visit.plan_code == "D28" and visit.infusion == 1:
            assert visit.opens_on == visits(cohort, *infusions)["I1D0"].nominal_on + timedelta(days=28)
