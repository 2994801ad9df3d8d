from django.apps import AppConfig


class TrialApp(AppConfig):
    name = "trial"

    def ready(self) -> None:
        # Models can be imported only now.
        from django.contrib.auth.models import update_last_login
        from django.contrib.auth.signals import user_logged_in

        # Accounts are regulated rows; sign-ins stand in the access log (axes), not in a column that every visit
        # changes.
        user_logged_in.disconnect(update_last_login, dispatch_uid="update_last_login")
