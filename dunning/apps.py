from django.apps import AppConfig


class DunningConfig(AppConfig):
    """Collections; the package cannot bear that name, the standard library's (ADR 0001)."""

    name = "dunning"
    label = "collections"
    verbose_name = "Collections"

    def ready(self) -> None:
        """Say what a new company starts with."""
        from core.presets import on_company_created  # noqa: PLC0415 - the same
        from dunning.presets import lay_down_policy  # noqa: PLC0415 - models are not there yet above

        on_company_created(lay_down_policy)
