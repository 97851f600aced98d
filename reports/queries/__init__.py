"""Questions across apps. Nothing here writes."""

from reports.queries.aging import AgingRow, Question, added_up, aging, nothing_in, totals_of
from reports.queries.control import control_balances

__all__ = [
    "AgingRow",
    "Question",
    "added_up",
    "aging",
    "control_balances",
    "nothing_in",
    "totals_of",
]
