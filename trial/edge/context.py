"""What every request knows about the trial: the study, the time, and what its person may do. Each read once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from django.http import HttpRequest

from trial import clock
from trial.errors import NotPermitted
from trial.models import ProtocolVersion, Site, Study, User
from trial.permissions import Access, Permission, access_of
from trial.protocol.schema import ProtocolDefinition
from trial.rules.decision import Decision, Reason

# The study of a request with what a page needs around it: six questions in one statement. Written out, because every
# page asks it and composing it took longer than answering it.
_SURROUNDINGS = """
SELECT study.*,
       trial_now() AS read_at,
       (SELECT timezone FROM trial_site WHERE study_id = study.id ORDER BY id LIMIT 1) AS site_timezone,
       (SELECT sha256 FROM trial_protocolversion WHERE study_id = study.id AND state = 'ACTIVE') AS protocol_sha256,
       (SELECT is_demonstration FROM trial_deployment LIMIT 1) AS is_demonstration,
       (SELECT count(*) FROM trial_notification
         WHERE study_id = study.id AND user_id = %(person)s AND read_at IS NULL) AS unread
  FROM trial_study AS study
 ORDER BY study.id = %(chosen)s DESC NULLS LAST,
          EXISTS (SELECT FROM trial_membership WHERE study_id = study.id AND user_id = %(person)s) DESC,
          study.id
 LIMIT 1
"""


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
        session = getattr(self._request, "session", {})
        asked = {"person": self._request.user.pk, "chosen": session.get("study")}
        study = next(iter(Study.objects.raw(_SURROUNDINGS, asked)), None)
        if study is None:
            return None
        read = vars(study)  # with the columns that the statement adds
        return Surroundings(
            study=study,
            at=read["read_at"].astimezone(UTC),
            timezone=read["site_timezone"] or "UTC",
            protocol_sha256=read["protocol_sha256"] or "",
            is_demonstration=bool(read["is_demonstration"]),
            unread=read["unread"],
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


def trial_of(request: HttpRequest) -> TrialContext:
    """The trial context of a request (set by the middleware; DRF wraps the request, hence the look inside)."""
    context = getattr(getattr(request, "_request", request), "trial", None)
    if not isinstance(context, TrialContext):
        raise TypeError("This request did not pass the trial middleware.")
    return context
