"""What every request knows about the trial: the study, the time, and what its person may do. Each read once."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

from django.http import HttpRequest

from trial import clock
from trial.errors import NotPermitted
from trial.models import Deployment, ProtocolVersion, Site, Study, User
from trial.permissions import Access, Permission, access_of
from trial.protocol.schema import ProtocolDefinition
from trial.rules.decision import Decision, Reason


class TrialContext:
    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def at(self) -> datetime:
        """The one reading of the clock of this request."""
        return clock.now()

    @cached_property
    def user(self) -> User:
        user = self._request.user
        if not isinstance(user, User):
            raise NotPermitted(Reason("PER-SIGN-IN", "Please sign in first.", "21 CFR 11.10(d)"))
        return user

    @cached_property
    def study(self) -> Study:
        """The study chosen in this session, else the first this person belongs to, else the only one."""
        studies = Study.objects.order_by("id")
        chosen = self._request.session.get("study") if hasattr(self._request, "session") else None
        study = studies.filter(pk=chosen).first() if chosen else None
        if study is None and self._request.user.is_authenticated:
            study = studies.filter(memberships__user=self.user).first()
        study = study or studies.first()
        if study is None:
            raise NotPermitted(Reason("PER-STUDY", "This installation holds no study yet.", "House rule"))
        return study

    @cached_property
    def access(self) -> Access:
        return access_of(self.user, self.study)

    @cached_property
    def protocol_version(self) -> ProtocolVersion:
        return ProtocolVersion.objects.get(study=self.study, state="ACTIVE")

    @cached_property
    def definition(self) -> ProtocolDefinition:
        return self.protocol_version.definition

    @cached_property
    def deployment(self) -> Deployment | None:
        return Deployment.objects.first()

    def check(self, permission: Permission, *, site: Site | None = None) -> Decision:
        return self.access.check(permission, at=self.at, site=site)

    def may(self, permission: Permission, *, site: Site | None = None) -> bool:
        return self.check(permission, site=site).allowed

    def require(self, permission: Permission, *, site: Site | None = None) -> None:
        self.access.require(permission, at=self.at, site=site)


def trial_of(request: HttpRequest) -> TrialContext:
    """The trial context of a request (set by the middleware; DRF wraps the request, hence the look inside)."""
    context = getattr(getattr(request, "_request", request), "trial", None)
    if not isinstance(context, TrialContext):
        raise TypeError("This request did not pass the trial middleware.")
    return context
