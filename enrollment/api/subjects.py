"""Subjects for programs: list, registration, consent, withdrawal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from enrollment.api.consent_shapes import ConsentShape
from enrollment.api.shapes import ConsentInput, RegistrationInput, SubjectShape, WithdrawalInput
from enrollment.filters import SubjectFilter
from enrollment.models import Subject
from enrollment.rules.states import ConsentStatus, WithdrawalScope
from enrollment.selectors.consents import consents_of, explainers, versions_at
from enrollment.selectors.subject_list import DEFAULT_SORT, listed_subjects, ordering
from enrollment.selectors.subjects import sites_of, subject_or_404
from enrollment.services import consents, subjects
from enrollment.services.consents import ConsentEntry
from trial.edge.context import TrialContext, trial_of
from trial.models import Site
from trial.permissions import Permission
from trial.rules.site_time import from_wall_clock


class SubjectList(ListAPIView[Subject]):
    """The subjects of the sites this person may see; ``search`` is the beginning of a code, ``sort`` as on the page."""

    permission = Permission.SUBJECT_VIEW
    post_permission = Permission.SUBJECT_REGISTER
    serializer_class = SubjectShape
    filterset_class = SubjectFilter
    query_parameters = (OpenApiParameter("sort", str, description="code, state or registered; -code turns it round."),)
    queryset = Subject.objects.none()

    def get_queryset(self) -> QuerySet[Subject]:
        if getattr(self, "swagger_fake_view", False):
            return Subject.objects.none()
        return listed_subjects(trial_of(self.request)).order_by(
            *ordering(self.request.query_params.get("sort", DEFAULT_SORT))
        )

    @extend_schema(request=RegistrationInput, responses={201: SubjectShape})
    def post(self, request: Request) -> Response:
        """Register a participant with the answer to the consent."""
        trial = trial_of(request)
        given = RegistrationInput(data=request.data)
        given.is_valid(raise_exception=True)
        site = _site(trial, given.validated_data["site"])
        entry = _entry(trial, given.validated_data["consent"], site=site, within="consent")
        subject = subjects.register(site=site, consent=entry, by=trial.user, at=trial.at)
        return Response(SubjectShape(subject).data, status=status.HTTP_201_CREATED)


class SubjectDetail(APIView):
    permission = Permission.SUBJECT_VIEW

    @extend_schema(responses=SubjectShape)
    def get(self, request: Request, code: str) -> Response:
        return Response(SubjectShape(subject_or_404(trial_of(request), code=code)).data)


class SubjectConsents(APIView):
    permission = Permission.SUBJECT_VIEW
    post_permission = Permission.CONSENT_RECORD

    @extend_schema(responses=ConsentShape(many=True))
    def get(self, request: Request, code: str) -> Response:
        subject = subject_or_404(trial_of(request), code=code)
        return Response(ConsentShape(consents_of(subject), many=True).data)

    @extend_schema(request=ConsentInput, responses={201: ConsentShape})
    def post(self, request: Request, code: str) -> Response:
        """Record another answer, under a new version for instance."""
        trial = trial_of(request)
        subject = subject_or_404(trial, code=code)
        given = ConsentInput(data=request.data)
        given.is_valid(raise_exception=True)
        entry = _entry(trial, given.validated_data, site=subject.site)
        consent = consents.record(subject=subject, entry=entry, by=trial.user, at=trial.at)
        return Response(ConsentShape(consent).data, status=status.HTTP_201_CREATED)


class SubjectWithdrawal(APIView):
    permission = Permission.CONSENT_RECORD

    @extend_schema(request=WithdrawalInput, responses=SubjectShape)
    def post(self, request: Request, code: str) -> Response:
        """The participant withdraws, in this scope."""
        trial = trial_of(request)
        subject = subject_or_404(trial, code=code)
        given = WithdrawalInput(data=request.data)
        given.is_valid(raise_exception=True)
        withdrawn = subjects.withdraw(
            subject=subject,
            scope=WithdrawalScope(given.validated_data["scope"]),
            reason=given.validated_data["reason"],
            by=trial.user,
            at=trial.at,
        )
        return Response(SubjectShape(withdrawn).data)


def _site(trial: TrialContext, code: str) -> Site:
    for site in sites_of(trial, permission=Permission.SUBJECT_VIEW):
        if site.code == code:
            return site
    raise ValidationError({"site": [f"There is no site {code} that you work at."]})


def _entry(trial: TrialContext, values: Mapping[str, Any], *, site: Site, within: str = "") -> ConsentEntry:
    """The names in a request as what they name: the form of the site, the person who explained."""
    wanted = (values["version"], values["language"])
    version = next((each for each in versions_at([site]) if (each.label, each.language) == wanted), None)
    people = {user.username: user for user in explainers(trial.study, at=trial.at, sites=[site])}
    explainer = people.get(values["explained_by"])
    problems = {}
    if version is None:
        problems["version"] = ["This site has no approved consent form with this version and language."]
    if explainer is None:
        problems["explained_by"] = ["Obtaining consent is not delegated to anybody of this user name."]
    if version is None or explainer is None:
        raise ValidationError({within: problems} if within else problems)
    return ConsentEntry(
        version=version,
        status=ConsentStatus(values["status"]),
        given_at=from_wall_clock(values["given_at"], timezone=site.timezone),
        explained_by=explainer,
        copy_given=values["copy_given"],
        before_procedures=values["before_procedures"],
    )
