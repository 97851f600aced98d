"""The invariants of the ledger, each a query for the rows that break it."""

from core.books import invariant

invariant(
    "ledger.open_amounts_are_sums_of_entries",
    """
    SELECT item.id FROM ledger_openitem item
    LEFT JOIN (SELECT item_id, sum(amount) AS amount, max(effective_date) AS latest
               FROM ledger_entry GROUP BY item_id) entries ON entries.item_id = item.id
    WHERE item.open_amount IS DISTINCT FROM entries.amount
       OR item.last_effective IS DISTINCT FROM entries.latest
       OR (item.open_amount = 0) <> (item.closed_on IS NOT NULL)
    """,
)
# What was owed on a past day is asked of it, so it holds on every day, not only at the end.
invariant(
    "ledger.items_stay_between_nothing_and_their_amount_on_every_day",
    """
    SELECT DISTINCT day.item_id FROM (
        SELECT entry.item_id, sum(entry.amount) OVER (
            PARTITION BY entry.item_id ORDER BY entry.effective_date) AS open_amount
        FROM ledger_entry entry
    ) day JOIN ledger_openitem item ON item.id = day.item_id
    WHERE day.open_amount NOT BETWEEN least(item.amount, 0) AND greatest(item.amount, 0)
    """,
)
invariant(
    "ledger.first_entry_is_the_amount",
    """
    SELECT item.id FROM ledger_openitem item
    WHERE item.amount IS DISTINCT FROM (
        SELECT entry.amount FROM ledger_entry entry
        WHERE entry.item_id = item.id ORDER BY entry.id LIMIT 1)
    """,
)
invariant(
    "ledger.journals_balance",
    """
    SELECT journal.id FROM ledger_journal journal
    LEFT JOIN ledger_journalline line ON line.journal_id = journal.id
    GROUP BY journal.id, line.currency
    HAVING count(line.id) < 2 OR sum(line.amount) <> 0
        OR (count(line.base_amount) = count(line.id) AND sum(line.base_amount) <> 0)
    """,
)
invariant(
    "ledger.control_account_is_open_items",
    """
    WITH control AS (
        SELECT journal.customer_id, line.currency, sum(line.amount) AS amount
        FROM ledger_journal journal JOIN ledger_journalline line ON line.journal_id = journal.id
        WHERE line.account = 'RECEIVABLE' GROUP BY 1, 2
    ), items AS (
        SELECT customer_id, currency, sum(open_amount) AS amount
        FROM ledger_openitem GROUP BY 1, 2
    )
    SELECT coalesce(control.customer_id, items.customer_id)
    FROM control FULL JOIN items USING (customer_id, currency)
    WHERE coalesce(control.amount, 0) <> coalesce(items.amount, 0)
    """,
)
invariant(
    "ledger.control_account_in_base_currency",
    """
    WITH control AS (
        SELECT line.currency, sum(line.base_amount) AS amount,
               bool_and(line.base_amount IS NOT NULL) AS known
        FROM ledger_journalline line WHERE line.account = 'RECEIVABLE' GROUP BY 1
    ), items AS (
        SELECT currency, sum(base_open) AS amount, bool_and(base_open IS NOT NULL) AS known
        FROM ledger_openitem GROUP BY 1
    )
    SELECT currency FROM control JOIN items USING (currency)
    WHERE control.known AND items.known AND control.amount <> items.amount
    """,
)
invariant(
    "ledger.allocations_are_pairs",
    """
    SELECT allocation.id FROM ledger_allocation allocation
    LEFT JOIN ledger_entry entry ON entry.allocation_id = allocation.id
    LEFT JOIN ledger_allocation done ON done.id = allocation.undoes_id
    GROUP BY allocation.id, done.id
    HAVING count(entry.id) <> 2 OR sum(entry.amount) <> 0
        OR max(abs(entry.amount)) <> allocation.amount
        OR bool_or(entry.item_id NOT IN (allocation.credit_item_id, allocation.debit_item_id))
        OR bool_or(done.id IS NOT NULL AND (done.amount <> allocation.amount
            OR done.credit_item_id <> allocation.credit_item_id
            OR done.debit_item_id <> allocation.debit_item_id OR done.undoes_id IS NOT NULL))
    """,
)
invariant(
    "ledger.allocations_join_credit_and_debt",
    """
    SELECT allocation.id FROM ledger_allocation allocation
    JOIN ledger_openitem credit ON credit.id = allocation.credit_item_id
    JOIN ledger_openitem debit ON debit.id = allocation.debit_item_id
    WHERE credit.amount > 0 OR debit.amount < 0
       OR credit.currency <> debit.currency OR credit.customer_id <> debit.customer_id
    """,
)
invariant(
    "ledger.reversals_mirror",
    """
    SELECT reversal.id FROM ledger_journal reversal
    JOIN LATERAL (
        SELECT account, currency, sum(amount) AS amount FROM ledger_journalline
        WHERE journal_id IN (reversal.id, reversal.reverses_id) GROUP BY account, currency
    ) legs ON legs.amount <> 0
    WHERE reversal.reverses_id IS NOT NULL
    """,
)
