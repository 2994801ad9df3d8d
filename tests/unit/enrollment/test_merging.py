"""Two people saved at once: nobody's change is lost without being shown."""

import pytest

from enrollment.rules.merging import merge_facts

SEEN = {"sex": "F", "got_u_l": "31", "ctd": [{"diagnosis": "RA"}]}


@pytest.mark.parametrize(
    ("saved", "entered", "document", "taken", "conflicts"),
    [
        (SEEN, SEEN, SEEN, (), ()),
        (SEEN | {"got_u_l": "35"}, SEEN, SEEN | {"got_u_l": "35"}, ("got_u_l",), ()),
        (SEEN, SEEN | {"got_u_l": "36"}, SEEN | {"got_u_l": "36"}, (), ()),
        (SEEN | {"got_u_l": "35"}, SEEN | {"got_u_l": "36"}, SEEN | {"got_u_l": "36"}, (), ("got_u_l",)),
        (SEEN | {"got_u_l": "35"}, SEEN | {"got_u_l": "35"}, SEEN | {"got_u_l": "35"}, (), ()),
        (
            SEEN | {"hiv": "negative"},
            SEEN | {"weight_kg": "61"},
            SEEN | {"hiv": "negative", "weight_kg": "61"},
            ("hiv",),
            (),
        ),
        ({"sex": "F", "ctd": SEEN["ctd"]}, SEEN, {"sex": "F", "ctd": SEEN["ctd"]}, ("got_u_l",), ()),
        ({"sex": "F", "ctd": SEEN["ctd"]}, SEEN | {"got_u_l": "36"}, SEEN | {"got_u_l": "36"}, (), ("got_u_l",)),
    ],
    ids=[
        "nobody changed anything",
        "the other changed",
        "I changed",
        "both, differently",
        "both, to the same",
        "both entered something new",
        "the other removed",
        "the other removed what I changed",
    ],
)
def test_merging(saved, entered, document, taken, conflicts):
    merge = merge_facts(seen=SEEN, saved=saved, entered=entered)
    assert dict(merge.document) == document
    assert (merge.taken, merge.conflicts) == (taken, conflicts)
