"""The invariants of receipts, each a query for the rows that break it."""

from core.books import invariant

invariant(
    "payments.receipts_own_their_item",
    """
    SELECT receipt.id FROM payments_receipt receipt
    JOIN ledger_openitem item ON item.id = receipt.item_id
    WHERE item.amount <> -receipt.amount OR item.currency <> receipt.currency
       OR item.customer_id <> receipt.customer_id OR item.kind <> 'RECEIPT'
       OR (receipt.state = 'REVERSED' AND item.open_amount <> 0)
    """,
)
invariant(
    "payments.receipt_items_have_receipts",
    """
    SELECT item.id FROM ledger_openitem item
    LEFT JOIN payments_receipt receipt ON receipt.item_id = item.id
    WHERE item.kind = 'RECEIPT' AND receipt.id IS NULL
    """,
)
