"""API addresses of enrollment."""

from django.urls import URLPattern, URLResolver, path

from enrollment.api import attempts, consents, identities, interviews, screening, subjects

urlpatterns: list[URLPattern | URLResolver] = [
    path("screening-log/", attempts.ScreeningLog.as_view(), name="api-screening-log"),
    path("subjects/", subjects.SubjectList.as_view(), name="api-subject-list"),
    path("subjects/<str:code>/", subjects.SubjectDetail.as_view(), name="api-subject"),
    path("subjects/<str:code>/consents/", subjects.SubjectConsents.as_view(), name="api-subject-consents"),
    path("subjects/<str:code>/reconsent/", consents.SubjectReconsent.as_view(), name="api-subject-reconsent"),
    path("subjects/<str:code>/consents/<int:pk>/pages/", consents.SignedPages.as_view(), name="api-signed-pages"),
    path(
        "subjects/<str:code>/signed-pages/<int:pk>/open/",
        consents.SignedPageOpening.as_view(),
        name="api-signed-page-open",
    ),
    path("consent-versions/", consents.ConsentVersions.as_view(), name="api-consent-versions"),
    path(
        "consent-versions/<int:pk>/sign-again/",
        consents.VersionReconsent.as_view(),
        name="api-consent-version-reconsent",
    ),
    path("subjects/<str:code>/withdrawal/", subjects.SubjectWithdrawal.as_view(), name="api-subject-withdrawal"),
    path("subjects/<str:code>/interviews/", interviews.SubjectInterviews.as_view(), name="api-interviews"),
    path("subjects/<str:code>/interviews/hash/", interviews.InterviewHash.as_view(), name="api-interview-hash"),
    path(
        "subjects/<str:code>/interviews/<int:pk>/withdraw/",
        interviews.InterviewWithdrawal.as_view(),
        name="api-interview-withdraw",
    ),
    path("subjects/<str:code>/identity/", identities.SubjectIdentityVault.as_view(), name="api-identity"),
    path("subjects/<str:code>/identity/openings/", identities.IdentityOpenings.as_view(), name="api-identity-openings"),
    path("subjects/<str:code>/screening/", screening.SubjectScreening.as_view(), name="api-screening"),
    path("subjects/<str:code>/screening/end/", attempts.Discontinuation.as_view(), name="api-screening-end"),
    path("subjects/<str:code>/screening/attempts/", attempts.SubjectAttempts.as_view(), name="api-attempts"),
    path("subjects/<str:code>/screening/attempts/<int:number>/", attempts.SubjectAttempt.as_view(), name="api-attempt"),
    path("subjects/<str:code>/screening/fail/", screening.FailScreening.as_view(), name="api-screening-fail"),
    path("subjects/<str:code>/eligibility/sign/", screening.SignEligibility.as_view(), name="api-eligibility-sign"),
]
