"""Reasons and error pages at every width: nothing squeezed, nothing cut off, the way about always there."""

from __future__ import annotations

from enrollment.models import Subject
from tests.browser.desk import HEIGHT, WIDTHS

# How wide the narrowest message is, as a share of its list, and whether anything stands out of it at the right.
_MEASURE = """() => {
  const lists = [...document.querySelectorAll("main .reasons > ul")];
  const messages = [...document.querySelectorAll("main .reason__message")];
  const share = messages.map((each) => each.clientWidth / each.closest("ul").clientWidth);
  return [Math.min(...share), lists.some((each) => each.scrollWidth > each.clientWidth)];
}"""
LEAST_SHARE = 0.55
NARROW = (480, 320)


def test_the_source_of_a_reason_never_squeezes_its_message(desk_of):
    # Given whoever waits for cohort 2, who can neither be allocated nor infused, at every width of a window.
    waiting = Subject.objects.get(state="ELIGIBLE").code
    page = desk_of("nurse").page
    for path in (f"/subjects/{waiting}/infusions/plan/", f"/subjects/{waiting}/allocation/"):
        page.goto(path)
        for width in (*WIDTHS.values(), *NARROW):
            page.set_viewport_size({"width": width, "height": HEIGHT})
            share, stands_out = page.evaluate(_MEASURE)
            assert LEAST_SHARE <= share <= 1, (path, width)
            assert not stands_out, (path, width)


def test_an_error_page_keeps_the_way_about(desk_of):
    nurse = desk_of("nurse").open("/subjects/NOBODY-999/", refusal=404)
    nurse.go("My work")
    nurse.page.set_viewport_size({"width": WIDTHS["tablet"], "height": HEIGHT})
    nurse.open("/subjects/NOBODY-999/", refusal=404)
    nurse.page.get_by_text("Menu", exact=True).click()
    nurse.go("Visits")
