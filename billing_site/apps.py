from django.apps import AppConfig


class BillingSiteConfig(AppConfig):
    """The top of the house: commands that need every app (demo, import, bench, campaign)."""

    name = "billing_site"
