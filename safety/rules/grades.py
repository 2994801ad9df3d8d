"""The five grades of CTCAE in own short words, and what a grade makes one think of before saving.

The full descriptions come from the workbook that the user loads. Source: NCI CTCAE v5.0, general grades.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from safety.rules.event_entry import AdverseEventEntry
from safety.rules.gate_facts import FATAL_GRADE
from safety.rules.states import SeriousnessCriterion

LIFE_THREATENING_GRADE = 4

GRADE_WORDS = MappingProxyType(
    {
        1: "mild; observation only",
        2: "moderate; minimal, local or non-invasive treatment; limits instrumental daily activities",
        3: "severe, not immediately life-threatening; hospital; limits self-care",
        4: "life-threatening; urgent treatment",
        5: "death related to the event",
    }
)


def grade_prompts(entry: AdverseEventEntry) -> Iterator[str]:
    """Questions that a grade raises about seriousness, which is another matter than severity.

    Source: NCI CTCAE, grades 4 and 5; ICH E2A.
    """
    if entry.grade == FATAL_GRADE or entry.is_fatal:
        yield "Grade 5 is death: the event is recorded as serious with the criterion death, and its outcome as fatal."
    elif entry.grade == LIFE_THREATENING_GRADE and SeriousnessCriterion.LIFE_THREATENING not in (
        entry.seriousness_criteria
    ):
        yield (
            "Grade 4 is life-threatening by its definition: is this event serious, with the criterion life-threatening?"
        )
