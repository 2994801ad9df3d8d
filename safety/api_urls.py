"""API addresses of safety."""

from django.urls import URLPattern, URLResolver, path

from safety.api import endorsements, events, gates, holds, losses, replacements

urlpatterns: list[URLPattern | URLResolver] = [
    path("events/", events.EventList.as_view(), name="api-event-list"),
    path("events/<int:pk>/", events.EventDetail.as_view(), name="api-event"),
    path("events/<int:pk>/regrade/", events.RegradeEvent.as_view(), name="api-event-regrade"),
    path("events/<int:pk>/amend/", events.AmendEvent.as_view(), name="api-event-amend"),
    path("events/<int:pk>/void/", events.VoidEvent.as_view(), name="api-event-void"),
    path("ctcae/", events.TermSearch.as_view(), name="api-ctcae"),
    path("gates/", gates.GateList.as_view(), name="api-gate-list"),
    path("gates/<int:cohort>/", gates.GateDetail.as_view(), name="api-gate"),
    path("gates/<int:cohort>/review/", gates.ConveneReview.as_view(), name="api-gate-review"),
    path("reviews/<int:pk>/", gates.ReviewDetail.as_view(), name="api-review"),
    path("reviews/<int:pk>/vote/", gates.VoteInReview.as_view(), name="api-review-vote"),
    path("reviews/<int:pk>/dossier/", gates.ReviewDossier.as_view(), name="api-review-dossier"),
    path("holds/", holds.HoldList.as_view(), name="api-hold-list"),
    path("holds/<int:pk>/lift/", holds.LiftHold.as_view(), name="api-hold-lift"),
    path("subjects/<str:code>/endorsement/", endorsements.SubjectEndorsement.as_view(), name="api-endorsement"),
    path("subjects/<str:code>/replacement/", replacements.SubjectReplacement.as_view(), name="api-replacement"),
    path("subjects/<str:code>/loss/", losses.SubjectLoss.as_view(), name="api-subject-loss"),
    path("subjects/<str:code>/found/", losses.SubjectFoundAgain.as_view(), name="api-subject-found"),
]
