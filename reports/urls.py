"""Addresses of reports."""

from django.urls import URLPattern, URLResolver, path

from reports.views import board, work

urlpatterns: list[URLPattern | URLResolver] = [
    path("", board.board, name="board"),
    path("work/", work.work, name="work"),
]
