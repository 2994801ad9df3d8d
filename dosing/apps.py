from django.apps import AppConfig


class DosingApp(AppConfig):
    name = "dosing"
