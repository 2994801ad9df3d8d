"""Addresses of follow-up."""

from django.urls import URLPattern, URLResolver, path

from followup.views import contacts, visits

urlpatterns: list[URLPattern | URLResolver] = [
    path("visits/", visits.visit_list, name="visit-list"),
    path("visits/<int:pk>/", visits.visit, name="visit"),
    path("visits/<int:pk>/missed/", visits.visit_missed, name="visit-missed"),
    path("subjects/<str:code>/visits/", contacts.subject_visits, name="subject-visits"),
    path("telephone-contacts/<int:pk>/void/", contacts.contact_void, name="contact-void"),
]
