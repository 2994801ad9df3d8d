"""The readiness checklist of a gate: what must be there before anybody looks at the result.

Source: gate readiness checklist; ICH E6(R3) Annex 1 (endorsement of reported data at important milestones).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from followup.rules.states import AdverseEventAnswer, VisitState

_SETTLED = frozenset({VisitState.DONE, VisitState.MISSED, VisitState.CANCELLED})


class ItemKind(StrEnum):
    """What an item asks for, which is also where its link leads."""

    CONSENT = "consent"
    ELIGIBILITY = "eligibility"
    INFUSION = "infusion"
    VISIT = "visit"
    ANSWER = "answer"
    EVENT = "event"
    DEVIATION = "deviation"
    ENDORSEMENT = "endorsement"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistItem:
    """``target``: the code of the visit, the number of the infusion, event or deviation; empty for the subject."""

    kind: ItemKind
    subject_code: str
    label: str
    is_met: bool
    lacks: str = ""
    target: str = ""

    @property
    def text(self) -> str:
        """The open item in one sentence, as the gate names it."""
        return f"{self.subject_code}: {self.label}: {self.lacks}"


class Endorsed(StrEnum):
    """BROKEN: endorsed, and the data changed since."""

    NOT_YET = "not_yet"
    BROKEN = "broken"
    STANDS = "stands"


@dataclass(frozen=True, slots=True, kw_only=True)
class InfusionRecord:
    """``lacks``: what an infusion record that was begun does not hold yet."""

    number: int
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRecord:
    code: str
    state: VisitState
    asked: AdverseEventAnswer
    event_follows: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    number: int
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviationRecord:
    """A protocol deviation up to the end of the observation."""

    number: int
    is_classified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectRecord:
    """A subject who received an infusion. ``visits``: those up to the end of the observation after the last infusion.

    ``event_follows`` of a visit: to the answer "yes" an adverse event is recorded.
    """

    code: str
    consented: bool
    eligibility_intact: bool | None
    infusions: tuple[InfusionRecord, ...]
    visits: tuple[VisitRecord, ...]
    observation_planned: bool
    events: tuple[EventRecord, ...]
    endorsed: Endorsed
    deviations: tuple[DeviationRecord, ...] = ()


def readiness(subjects: tuple[SubjectRecord, ...], *, endorsement_required: bool) -> tuple[ChecklistItem, ...]:
    """Every item, met or open, subject by subject.

    A visit that was formally missed is settled; one that is merely absent is not. Vital signs, laboratory and queries
    are items of the forms that hold them and come with these.
    """
    items: list[ChecklistItem] = []
    for subject in subjects:
        items += [*_prerequisites(subject), *_infusions(subject), *_visits(subject), *_events(subject)]
        items += _deviations(subject)
        if endorsement_required:
            items.append(_endorsement(subject))
    return tuple(items)


def _prerequisites(subject: SubjectRecord) -> Iterator[ChecklistItem]:
    yield ChecklistItem(
        kind=ItemKind.CONSENT,
        subject_code=subject.code,
        label="informed consent",
        is_met=subject.consented,
        lacks="no signed consent before the first infusion is recorded",
    )
    broken = subject.eligibility_intact is False
    yield ChecklistItem(
        kind=ItemKind.ELIGIBILITY,
        subject_code=subject.code,
        label="signed eligibility",
        is_met=subject.eligibility_intact is True,
        lacks="a fact changed since it was signed" if broken else "no investigator has signed it",
    )


def _infusions(subject: SubjectRecord) -> Iterator[ChecklistItem]:
    for infusion in subject.infusions:
        yield ChecklistItem(
            kind=ItemKind.INFUSION,
            subject_code=subject.code,
            label=f"record of infusion {infusion.number}",
            is_met=not infusion.lacks,
            lacks=", ".join(infusion.lacks),
            target=str(infusion.number),
        )


def _visits(subject: SubjectRecord) -> Iterator[ChecklistItem]:
    if not subject.observation_planned:
        yield ChecklistItem(
            kind=ItemKind.VISIT,
            subject_code=subject.code,
            label="visit at the end of the observation",
            is_met=False,
            lacks="it is not planned",
        )
    for visit in subject.visits:
        yield ChecklistItem(
            kind=ItemKind.VISIT,
            subject_code=subject.code,
            label=f"visit {visit.code}",
            is_met=visit.state in _SETTLED,
            lacks="neither done nor formally missed",
            target=visit.code,
        )
        if visit.state is VisitState.DONE:
            yield _answer(subject, visit)


def _answer(subject: SubjectRecord, visit: VisitRecord) -> ChecklistItem:
    asked = visit.asked is not AdverseEventAnswer.NOT_ASKED
    entered = visit.asked is not AdverseEventAnswer.YES or visit.event_follows
    return ChecklistItem(
        kind=ItemKind.ANSWER,
        subject_code=subject.code,
        label=f"adverse events asked at visit {visit.code}",
        is_met=asked and entered,
        lacks="the answer is yes, and no event is recorded" if asked else "not answered",
        target=visit.code,
    )


def _events(subject: SubjectRecord) -> Iterator[ChecklistItem]:
    for event in subject.events:
        yield ChecklistItem(
            kind=ItemKind.EVENT,
            subject_code=subject.code,
            label=f"adverse event {event.number}",
            is_met=not event.lacks,
            lacks=", ".join(event.lacks),
            target=str(event.number),
        )


def _deviations(subject: SubjectRecord) -> Iterator[ChecklistItem]:
    for deviation in subject.deviations:
        yield ChecklistItem(
            kind=ItemKind.DEVIATION,
            subject_code=subject.code,
            label=f"deviation {deviation.number}",
            is_met=deviation.is_classified,
            lacks="not classified",
            target=str(deviation.number),
        )


def _endorsement(subject: SubjectRecord) -> ChecklistItem:
    broken = subject.endorsed is Endorsed.BROKEN
    return ChecklistItem(
        kind=ItemKind.ENDORSEMENT,
        subject_code=subject.code,
        label="investigator's endorsement of the data",
        is_met=subject.endorsed is Endorsed.STANDS,
        lacks="the data changed since they were endorsed" if broken else "not endorsed yet",
    )
