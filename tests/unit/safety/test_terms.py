"""Finding a term of the dictionary from what somebody types."""

import pytest

from safety.selectors.ctcae import ctcae_terms, defined_grades, search


def names(typed):
    return [term.name for term in search(typed)]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("feb", "Fever"),
        ("Fever", "Fever"),
        ("headach", "Headache"),
        ("anafylaxis", "Anaphylaxis"),
        ("dyspnoea", "Dyspnea"),
        ("infusion react", "Infusion related reaction"),
        ("chils", "Chills"),
    ],
)
def test_a_slip_of_the_fingers_is_forgiven(typed, expected):
    assert expected in names(typed)


def test_a_whole_term_comes_before_its_beginning_and_that_before_a_likeness():
    assert names("fever")[0] == "Fever"
    assert names("feb")[0] == "Febrile neutropenia"


def test_nothing_typed_finds_nothing_and_nonsense_neither():
    assert names("  ") == []
    assert names("qqqqqq") == []


def test_the_dictionary_holds_every_term_with_its_grades():
    assert len(ctcae_terms()) == 837
    assert defined_grades("Fever") == {1, 2, 3, 4, 5}
    assert defined_grades("Headache") == {1, 2, 3}
    assert defined_grades("Phlebitis") == {2}
    assert defined_grades("fever") is None
