"""Addresses of safety."""

from django.urls import URLPattern, URLResolver, path

from safety.views import endorsements, event_changes, event_entry, events, gates, holds, losses, replacement

urlpatterns: list[URLPattern | URLResolver] = [
    path("events/", events.event_list, name="event-list"),
    path("events/terms/", event_entry.event_terms, name="event-terms"),
    path("events/term/", event_entry.event_term, name="event-term"),
    path("events/<int:pk>/", events.event, name="event"),
    path("events/<int:pk>/regrade/", event_changes.event_regrade, name="event-regrade"),
    path("events/<int:pk>/amend/", event_changes.event_amend, name="event-amend"),
    path("events/<int:pk>/void/", event_changes.event_void, name="event-void"),
    path("subjects/<str:code>/events/new/", event_entry.event_record, name="event-record"),
    path("subjects/<str:code>/events/new/follows/", event_entry.event_consequences, name="event-consequences"),
    path("subjects/<str:code>/endorse/", endorsements.endorse, name="endorse"),
    path("subjects/<str:code>/replacement/", replacement.replace, name="replace"),
    path("subjects/<str:code>/loss/", losses.subject_loss, name="subject-loss"),
    path("subjects/<str:code>/found/", losses.subject_found, name="subject-found"),
    path("gates/", gates.gate_list, name="gate-list"),
    path("gates/<int:number>/", gates.gate, name="gate"),
    path("gates/<int:number>/review/", gates.gate_convene, name="gate-convene"),
    path("reviews/<int:pk>/", gates.gate_review, name="gate-review"),
    path("reviews/<int:pk>/vote/", gates.gate_vote, name="gate-vote"),
    path("holds/", holds.hold_list, name="hold-list"),
    path("holds/new/", holds.hold_place, name="hold-place"),
    path("holds/<int:pk>/", holds.hold, name="hold"),
]
