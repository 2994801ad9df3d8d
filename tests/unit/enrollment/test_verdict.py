"""Three-valued logic."""

from itertools import product

import pytest

from enrollment.rules.verdict import Verdict, both, either, of, opposite

M, N, U, X = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN, Verdict.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("left", "right", "conjunction", "disjunction"),
    [
        (M, M, M, M),
        (M, N, N, M),
        (M, U, U, M),
        (N, N, N, N),
        (N, U, N, U),
        (U, U, U, U),
        (X, M, M, M),
        (X, N, N, N),
        (X, U, U, U),
    ],
)
def test_kleene(left: Verdict, right: Verdict, conjunction: Verdict, disjunction: Verdict) -> None:
    assert both([left, right]) is both([right, left]) is conjunction
    assert either([left, right]) is either([right, left]) is disjunction


@pytest.mark.parametrize(("left", "right"), list(product([M, N, U], repeat=2)))
def test_de_morgan(left: Verdict, right: Verdict) -> None:
    assert opposite(both([left, right])) is either([opposite(left), opposite(right)])


def test_nothing_to_combine() -> None:
    assert both([]) is M
    assert either([]) is N


def test_a_statement_that_nobody_made_is_unknown() -> None:
    assert (of(True), of(False), of(None)) == (M, N, U)
    assert opposite(X) is X
