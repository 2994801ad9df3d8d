"""Addresses of enrollment."""

from django.urls import URLPattern, URLResolver, path

from enrollment.views import (
    attempts,
    consent_documents,
    consent_versions,
    consents,
    eligibility,
    identity,
    interviews,
    screening,
    screening_log,
    subjects,
    withdrawals,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("screening-log/", screening_log.screening_log, name="screening-log"),
    path("screening-log/export.csv", screening_log.screening_log_export, name="screening-log-export"),
    path("subjects/", subjects.subject_list, name="subject-list"),
    path("subjects/export.csv", subjects.subject_export, name="subject-export"),
    path("subjects/register/", subjects.register, name="subject-register"),
    path("subjects/<str:code>/consents/", consents.subject_consents, name="consent"),
    path("subjects/<str:code>/consents/<int:pk>/page/", consent_documents.document_file, name="consent-document-file"),
    path("subjects/<str:code>/signed-pages/<int:pk>/", consent_documents.document_open, name="consent-document-open"),
    path("subjects/<str:code>/withdrawal/", withdrawals.withdrawal, name="subject-withdrawal"),
    path("consent-versions/", consent_versions.version_list, name="consent-version-list"),
    path("consent-versions/new/", consent_versions.version_enter, name="consent-version-enter"),
    path("consent-versions/<int:pk>/sign-again/", consent_versions.version_reconsent, name="consent-version-reconsent"),
    path("subjects/<str:code>/interviews/", interviews.subject_interviews, name="interviews"),
    path("subjects/<str:code>/interviews/sign/", interviews.interview_sign, name="interview-sign"),
    path("subjects/<str:code>/interviews/<int:pk>/withdraw/", interviews.interview_withdraw, name="interview-withdraw"),
    path("subjects/<str:code>/identity/", identity.identity, name="identity"),
    path("subjects/<str:code>/identity/record/", identity.identity_record, name="identity-record"),
    path("subjects/<str:code>/identity/correct/", identity.identity_correct, name="identity-correct"),
    path("subjects/<str:code>/screening/", screening.screening, name="screening"),
    path("subjects/<str:code>/screening/attempts/", attempts.screening_attempts, name="screening-attempts"),
    path("subjects/<str:code>/screening/attempts/<int:number>/", attempts.screening_attempt, name="screening-attempt"),
    path("subjects/<str:code>/screening/end/", attempts.discontinue, name="screening-end"),
    path("subjects/<str:code>/screening/again/", attempts.rescreen, name="screening-again"),
    path("subjects/<str:code>/screening/preview/", screening.screening_preview, name="screening-preview"),
    path("subjects/<str:code>/screening/sign/", eligibility.sign, name="screening-sign"),
    path("subjects/<str:code>/screening/fail/", eligibility.fail, name="screening-fail"),
]
