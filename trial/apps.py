from django.apps import AppConfig


class TrialApp(AppConfig):
    name = "trial"
