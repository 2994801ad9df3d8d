from django.apps import AppConfig


class EnrollmentApp(AppConfig):
    name = "enrollment"
