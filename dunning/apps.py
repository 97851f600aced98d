from django.apps import AppConfig


class DunningConfig(AppConfig):
    """Collections; the package cannot bear that name, the standard library's (ADR 0001)."""

    name = "dunning"
    label = "collections"
    verbose_name = "Collections"
