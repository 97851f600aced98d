from django.apps import AppConfig


class MessagesConfig(AppConfig):
    name = "messaging"

    def ready(self) -> None:
        from messaging import checks  # noqa: F401, PLC0415 - registers them
