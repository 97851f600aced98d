from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Tenancy, people, money, dates, audit, numbers, files, jobs, lists, documents."""

    name = "core"
