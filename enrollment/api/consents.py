"""Consent for programs: forms approved for a site, signed pages filed and opened, what has to be signed again."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from enrollment.api.consent_shapes import (
    DocumentOpeningInput,
    DocumentShape,
    ReconsentInput,
    ReconsentShape,
    SignedPageInput,
    VersionInput,
    VersionShape,
)
from enrollment.models import ConsentVersion
from enrollment.rules.states import OpeningPurpose
from enrollment.selectors.consent_documents import consent_or_404, document_or_404, documents_of
from enrollment.selectors.consent_versions import version_lines, version_or_404
from enrollment.selectors.consents import consents_of
from enrollment.selectors.reconsent import reconsent_of
from enrollment.selectors.subjects import sites_of, subject_or_404
from enrollment.services import consent_documents, consent_versions
from enrollment.services.consent_versions import VersionEntry
from enrollment.views.consent_documents import sent
from trial.edge.context import TrialContext, trial_of
from trial.permissions import Permission
from trial.rules.site_time import site_date


class ConsentVersions(APIView):
    permission = Permission.STUDY_VIEW
    post_permission = Permission.CONSENT_VERSION_ENTER

    @extend_schema(operation_id="consent_versions_list", responses=VersionShape(many=True))
    def get(self, request: Request) -> Response:
        """The consent forms of the sites this person belongs to, with how many participants are on each."""
        return Response(_versions(trial_of(request)))

    @extend_schema(request=VersionInput, responses={201: VersionShape})
    def post(self, request: Request) -> Response:
        """Enter a form that the ethics committee approved."""
        trial = trial_of(request)
        given = VersionInput(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        sites = {site.code: site for site in sites_of(trial, permission=Permission.CONSENT_VERSION_ENTER)}
        code = values.pop("site")
        if code not in sites:
            raise ValidationError({"site": [f"There is no site {code} for which you enter consent forms."]})
        entry = VersionEntry(site=sites[code], label=values.pop("version"), **values)
        version = consent_versions.approve(entry=entry, by=trial.user, at=trial.at)
        return Response(_version(trial, version), status=status.HTTP_201_CREATED)


class VersionReconsent(APIView):
    permission = Permission.CONSENT_VERSION_ENTER

    @extend_schema(request=ReconsentInput, responses=VersionShape)
    def post(self, request: Request, pk: int) -> Response:
        """Ask for signing again on a form that was entered without it. It is never taken back."""
        trial = trial_of(request)
        given = ReconsentInput(data=request.data)
        given.is_valid(raise_exception=True)
        version = consent_versions.require_reconsent(
            version=version_or_404(trial, pk=pk), by=trial.user, at=trial.at, **given.validated_data
        )
        return Response(_version(trial, version))


class SubjectReconsent(APIView):
    permission = Permission.SUBJECT_VIEW

    @extend_schema(responses=ReconsentShape)
    def get(self, request: Request, code: str) -> Response:
        """Whether this subject has to sign the consent again now."""
        trial = trial_of(request)
        subject = subject_or_404(trial, code=code)
        due = reconsent_of(subject, consents_of(subject), at=trial.at)
        today = site_date(trial.at, timezone=subject.site.timezone)
        return Response(
            {
                "due": due is not None,
                "version": due.version if due else None,
                "by": due.by if due else None,
                "overdue": due is not None and due.is_overdue(today=today),
            }
        )


class SignedPages(APIView):
    """The signed pages of one answer."""

    permission = Permission.SUBJECT_VIEW
    post_permission = Permission.CONSENT_RECORD
    parser_classes = [MultiPartParser]

    @extend_schema(operation_id="signed_pages_list", responses=DocumentShape(many=True))
    def get(self, request: Request, code: str, pk: int) -> Response:
        """What is filed, without what stands on it."""
        consent = consent_or_404(trial_of(request), code=code, pk=pk)
        return Response(DocumentShape(documents_of(consent.subject).get(consent.pk, ()), many=True).data)

    @extend_schema(request=SignedPageInput, responses={201: DocumentShape})
    def post(self, request: Request, code: str, pk: int) -> Response:
        """File the scan of the signed page (multipart, field ``file``)."""
        trial = trial_of(request)
        consent = consent_or_404(trial, code=code, pk=pk)
        given = SignedPageInput(data=request.data)
        given.is_valid(raise_exception=True)
        content: bytes = given.validated_data["file"]
        document = consent_documents.file_page(consent=consent, content=content, by=trial.user, at=trial.at)
        return Response(DocumentShape(document).data, status=status.HTTP_201_CREATED)


class SignedPageOpening(APIView):
    permission = Permission.IDENTITY_OPEN

    @extend_schema(request=DocumentOpeningInput, responses={200: OpenApiTypes.BINARY})
    def post(self, request: Request, code: str, pk: int) -> HttpResponse:
        """Open a signed page for a purpose. The opening is on record before the file is sent."""
        trial = trial_of(request)
        document = document_or_404(trial, code=code, pk=pk)
        given = DocumentOpeningInput(data=request.data)
        given.is_valid(raise_exception=True)
        purpose = OpeningPurpose(given.validated_data["purpose"])
        return sent(consent_documents.open_page(document=document, purpose=purpose, by=trial.user, at=trial.at))


def _versions(trial: TrialContext) -> list[dict[str, Any]]:
    lines = version_lines(trial)
    for line in lines:
        vars(line.version).update(subjects=line.subjects, still_to_sign=line.due)
    return list(VersionShape([line.version for line in lines], many=True).data)


def _version(trial: TrialContext, version: ConsentVersion) -> dict[str, Any]:
    return next(each for each in _versions(trial) if each["id"] == version.pk)
