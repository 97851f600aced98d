from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApiConfig(AppConfig):
    """The face for other programs: /api/v1/."""

    name = "api"

    def ready(self) -> None:
        """Say what happens to keys, and how the schema describes what is our own."""
        from api import spectacular  # noqa: F401, PLC0415 - registers its extensions
        from core.timeline import name_events  # noqa: PLC0415 - models are not there yet above

        name_events(
            **{
                "api_key.created": (_("API key created"), "key"),
                "api_key.revoked": (_("API key revoked"), "ban"),
            }
        )
