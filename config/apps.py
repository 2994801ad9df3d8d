from django.apps import AppConfig


class ConfigApp(AppConfig):
    """The composition root: here, and only here, an app learns who reacts to its events."""

    name = "config"

    def ready(self) -> None:
        from config import reactions

        reactions.connect()
