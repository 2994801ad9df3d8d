"""Addresses of trial."""

from django.urls import URLPattern, URLResolver, path

from trial.views import account, delegations, deviations, drafts, people, protocol, readings

urlpatterns: list[URLPattern | URLResolver] = [
    path("protocol/", protocol.protocol, name="protocol"),
    path("people/", people.people, name="people"),
    path("people/add/", people.account_add, name="account-add"),
    path("people/delegations/add/", delegations.delegation_add, name="delegation-add"),
    path("people/delegations/<int:pk>/revoke/", delegations.delegation_revoke, name="delegation-revoke"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/close/", people.account_deactivate, name="account-deactivate"),
    path("people/<int:pk>/roles/add/", people.membership_add, name="membership-add"),
    path("people/<int:pk>/roles/<int:membership_pk>/end/", people.membership_end, name="membership-end"),
    path("sites/<str:code>/activate/", people.site_activation, name="site-activation"),
    path("deviations/", deviations.deviation_list, name="deviation-list"),
    path("deviations/report/", deviations.deviation_report, name="deviation-report"),
    path("deviations/<int:pk>/", deviations.deviation, name="deviation"),
    path("decisions/", readings.decision_list, name="decision-list"),
    path("decisions/<int:pk>/read/", readings.decision_read, name="decision-read"),
    path("notifications/", account.notifications, name="notifications"),
    path("account/tokens/", account.tokens, name="tokens"),
    path("account/tokens/<int:pk>/revoke/", account.token_revoke, name="token-revoke"),
    path("account/password/", account.password, name="password"),
    path("account/drafts/", drafts.drafts, name="drafts"),
    path("account/drafts/one/", drafts.draft, name="draft"),
    path("account/study/", account.study_choice, name="study-choice"),
]
