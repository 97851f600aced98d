from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

EVENTS = {
    "period.closed": (_("Period closed"), "lock"),
    "period.reopened": (_("Period opened again"), "lock-open"),
}


class LedgerConfig(AppConfig):
    """The receivables ledger: open items, entries, allocations, balanced journals, periods."""

    name = "ledger"

    def ready(self) -> None:
        """Say what the events of the ledger are called."""
        from core.timeline import name_events  # noqa: PLC0415 - models are not there yet above
        from ledger import timeline as _timeline  # noqa: F401, PLC0415 - registers its sources

        name_events(**EVENTS)
