from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Read-only questions across apps: aging and the home page; no tables yet."""

    name = "reports"
