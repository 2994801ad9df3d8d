"""Inclusion 3: the family support system."""

from __future__ import annotations

from enrollment.rules.facts import ScreeningFacts
from enrollment.rules.finding import Finding, all_of, statement

_SOURCE = "Protocol inclusion 3"


def family_support(facts: ScreeningFacts) -> Finding:
    """I3: both the principal investigator and the social worker confirm it, each from an interview of their own.

    Source: Protocol inclusion 3.
    """
    return all_of(
        statement(
            facts.family_support_investigator,
            key="family_support_investigator",
            code="ELG-I3-INVESTIGATOR",
            texts=(
                "The principal investigator confirms the family support.",
                "The principal investigator does not confirm the family support.",
                "The interview by the principal investigator is missing.",
            ),
            source=_SOURCE,
        ),
        statement(
            facts.family_support_social_worker,
            key="family_support_social_worker",
            code="ELG-I3-SOCIAL-WORKER",
            texts=(
                "The social worker confirms the family support.",
                "The social worker does not confirm the family support.",
                "The interview by the social worker is missing.",
            ),
            source=_SOURCE,
        ),
    )
