from django.apps import AppConfig


class SafetyApp(AppConfig):
    name = "safety"
