"""Questions about what is owed. Everybody asks here; nobody stores an answer."""

from ledger.queries.balances import Balance, balances, open_items, totals
from ledger.queries.touched import was_reopened_later

__all__ = ["Balance", "balances", "open_items", "totals", "was_reopened_later"]
