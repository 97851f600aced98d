"""Questions about what is owed. Everybody asks here; nobody stores an answer."""

from ledger.queries.balances import Balance, balances, open_items, totals

__all__ = ["Balance", "balances", "open_items", "totals"]
