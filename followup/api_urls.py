"""API addresses of follow-up."""

from django.urls import URLPattern, URLResolver, path

from followup.api import contacts, visits

urlpatterns: list[URLPattern | URLResolver] = [
    path("visits/", visits.VisitList.as_view(), name="api-visit-list"),
    path("visits/<int:pk>/", visits.VisitDetail.as_view(), name="api-visit"),
    path("visits/<int:pk>/complete/", visits.CompleteVisit.as_view(), name="api-visit-complete"),
    path("visits/<int:pk>/missed/", visits.MissedVisit.as_view(), name="api-visit-missed"),
    path(
        "subjects/<str:code>/telephone-contacts/",
        contacts.TelephoneContacts.as_view(),
        name="api-telephone-contacts",
    ),
    path("telephone-contacts/<int:pk>/void/", contacts.VoidContact.as_view(), name="api-contact-void"),
]
