from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """The receivables ledger: open items, entries, allocations, balanced journals, periods."""

    name = "ledger"
