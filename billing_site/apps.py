from django.apps import AppConfig


class BillingSiteConfig(AppConfig):
    """The top of the house: commands that need every app (demo, import, bench, campaign)."""

    name = "billing_site"

    def ready(self) -> None:
        """Listen to the tasks, to tell how they end."""
        from billing_site.watch import tasks_told  # noqa: F401, PLC0415 - models are not there yet above
