"""The pictures of the README: five pages of the demonstration, each small enough to be kept with the source."""

from __future__ import annotations

import os
from pathlib import Path

from enrollment.models import Subject
from tests import servers
from tests.browser.desk import WIDTHS, Desk
from tests.browser.steps import allocated_to_cohort_2, prepared_for

MOST_BYTES = 250_000


def test_the_pictures_of_the_readme_are_made_and_small(desk_of, tmp_path):
    """With STEPWISE_SHOTS=1 they replace those in docs/screenshots."""
    folder = servers.ROOT / "docs" / "screenshots" if os.environ.get("STEPWISE_SHOTS") == "1" else tmp_path
    pending = Subject.objects.get(state="SCREENING").code

    take(desk_of("investigator").open("/gates/1/"), folder / "gate.png")
    take(desk_of("coordinator").open("/"), folder / "board.png")
    take(desk_of("coordinator").open(f"/subjects/{pending}/screening/"), folder / "screening.png")
    take(desk_of("coordinator").open("/subjects/CMUH-002/"), folder / "subject.png")
    infusion = prepared_for(allocated_to_cohort_2())
    take(desk_of("nurse").open(f"/infusions/{infusion.pk}/"), folder / "bedside.png")

    assert all(path.stat().st_size < MOST_BYTES for path in folder.glob("*.png"))


def take(desk: Desk, path: Path) -> None:
    desk.shoot(path, width=WIDTHS["wide"], whole=False)
