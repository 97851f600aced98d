"""Questions about reminders."""

from dunning.queries.dealt_with import have_dealt_with
from dunning.queries.due import (
    Due,
    Forecast,
    ask,
    customers_to_remind,
    due_items,
    first_customer_to_remind,
    forecast,
)
from dunning.queries.policy import active_policy, active_terms, run_is_due, terms_of
from dunning.queries.recipient import recipient_of
from dunning.queries.runs import runs_with_counts, summary_of

__all__ = [
    "Due",
    "Forecast",
    "active_policy",
    "active_terms",
    "ask",
    "customers_to_remind",
    "due_items",
    "first_customer_to_remind",
    "forecast",
    "have_dealt_with",
    "recipient_of",
    "run_is_due",
    "runs_with_counts",
    "summary_of",
    "terms_of",
]
