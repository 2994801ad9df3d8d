"""What every request knows about the trial: the study, the time, and what its person may do. Each read once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from django.db.models import Count, DateTimeField, Func, OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from trial import clock
from trial.errors import NotPermitted
from trial.models import Deployment, Notification, ProtocolVersion, Site, Study, User
from trial.permissions import Access, Permission, access_of
from trial.protocol.schema import ProtocolDefinition
from trial.rules.decision import Decision, Reason


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What nearly every page needs, in one reading. ``unread``: notifications of the person signed in."""

    study: Study
    at: datetime
    timezone: str
    protocol_sha256: str
    is_demonstration: bool
    unread: int


class TrialContext:
    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def at(self) -> datetime:
        """The one reading of the clock of this request."""
        return self.surroundings.at if self.has_study else clock.now()

    @cached_property
    def user(self) -> User:
        user = self._request.user
        if not isinstance(user, User):
            raise NotPermitted(Reason("PER-SIGN-IN", "Please sign in first.", "21 CFR 11.10(d)"))
        return user

    @property
    def study(self) -> Study:
        return self.surroundings.study

    @property
    def has_study(self) -> bool:
        return self._found is not None

    @property
    def surroundings(self) -> Surroundings:
        if self._found is None:
            raise NotPermitted(Reason("PER-STUDY", "This installation holds no study yet.", "House rule"))
        return self._found

    @cached_property
    def _found(self) -> Surroundings | None:
        """The study chosen in this session, else the first this person belongs to, else the only one."""
        studies = _with_surroundings(self._request.user.pk or 0)
        chosen = self._request.session.get("study") if hasattr(self._request, "session") else None
        study = studies.filter(pk=chosen).first() if chosen else None
        if study is None and self._request.user.is_authenticated:
            study = studies.filter(memberships__user=self.user).first()
        study = study or studies.first()
        if study is None:
            return None
        return Surroundings(
            study=study,
            at=study.read_at.astimezone(UTC),
            timezone=study.site_timezone or "UTC",
            protocol_sha256=study.protocol_sha256 or "",
            is_demonstration=bool(study.is_demonstration),
            unread=study.unread or 0,
        )

    @cached_property
    def access(self) -> Access:
        return access_of(self.user, self.study, timezone=self.surroundings.timezone)

    @cached_property
    def protocol_version(self) -> ProtocolVersion:
        return ProtocolVersion.objects.defer("canonical").get(study=self.study, state="ACTIVE")

    @cached_property
    def definition(self) -> ProtocolDefinition:
        return self.protocol_version.definition

    def check(self, permission: Permission, *, site: Site | None = None) -> Decision:
        return self.access.check(permission, at=self.at, site=site)

    def may(self, permission: Permission, *, site: Site | None = None) -> bool:
        return self.check(permission, site=site).allowed

    def require(self, permission: Permission, *, site: Site | None = None) -> None:
        self.access.require(permission, at=self.at, site=site)


def _with_surroundings(user_pk: int) -> QuerySet[Any]:
    """Studies with what a page needs around them, in the same statement: five questions in one."""
    of_study = {"study": OuterRef("pk")}
    unread = Notification.objects.filter(**of_study, user_id=user_pk, read_at__isnull=True).order_by()
    return Study.objects.order_by("id").annotate(
        read_at=Func(function="trial_now", output_field=DateTimeField()),
        site_timezone=Subquery(Site.objects.filter(**of_study).order_by("id").values("timezone")[:1]),
        protocol_sha256=Subquery(ProtocolVersion.objects.filter(**of_study, state="ACTIVE").values("sha256")[:1]),
        is_demonstration=Subquery(Deployment.objects.values("is_demonstration")[:1]),
        unread=Subquery(unread.values("study").annotate(n=Count("pk")).values("n")),
    )


def trial_of(request: HttpRequest) -> TrialContext:
    """The trial context of a request (set by the middleware; DRF wraps the request, hence the look inside)."""
    context = getattr(getattr(request, "_request", request), "trial", None)
    if not isinstance(context, TrialContext):
        raise TypeError("This request did not pass the trial middleware.")
    return context
