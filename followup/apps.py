from django.apps import AppConfig


class FollowupApp(AppConfig):
    name = "followup"
