"""The invariants of billing, each a query for the rows that break it."""

from core.books import invariant

invariant(
    "invoices.header_is_lines_less_discount",
    """
    SELECT bill.id FROM invoices_invoice bill
    LEFT JOIN (SELECT invoice_id, sum(net_amount) AS net FROM invoices_invoiceline
               GROUP BY invoice_id) lines ON lines.invoice_id = bill.id
    WHERE bill.lines_amount <> coalesce(lines.net, 0)
       OR bill.net_amount <> bill.lines_amount - bill.discount_amount
       OR bill.total_amount <> bill.net_amount + bill.tax_amount
    """,
)
invariant(
    "invoices.tax_is_the_sum_of_its_table",
    """
    SELECT bill.id FROM invoices_invoice bill
    LEFT JOIN (SELECT invoice_id, sum(tax_amount) AS tax, sum(base_amount) AS base
               FROM invoices_invoicetax GROUP BY invoice_id) taxes ON taxes.invoice_id = bill.id
    WHERE bill.tax_amount <> coalesce(taxes.tax, 0) OR bill.net_amount <> coalesce(taxes.base, 0)
    """,
)
invariant(
    "invoices.instalments_are_the_total",
    """
    SELECT bill.id FROM invoices_invoice bill
    LEFT JOIN (SELECT invoice_id, sum(amount) AS amount FROM invoices_instalment
               GROUP BY invoice_id) parts ON parts.invoice_id = bill.id
    WHERE bill.state IN ('ISSUED', 'VOID') AND bill.total_amount <> coalesce(parts.amount, 0)
       OR bill.state NOT IN ('ISSUED', 'VOID') AND parts.amount IS NOT NULL
    """,
)
invariant(
    "invoices.instalments_agree_with_their_items",
    """
    SELECT part.id FROM invoices_instalment part
    JOIN invoices_invoice bill ON bill.id = part.invoice_id
    LEFT JOIN ledger_openitem item ON item.id = part.item_id
    WHERE item.id IS NULL OR item.amount <> part.amount OR item.due_date <> part.due_date
       OR item.currency <> bill.currency OR item.customer_id <> bill.customer_id
       OR item.kind <> 'INSTALMENT'
    """,
)
invariant(
    "invoices.items_of_bills_have_their_instalment",
    """
    SELECT item.id FROM ledger_openitem item
    WHERE item.kind = 'INSTALMENT'
      AND NOT EXISTS (SELECT FROM invoices_instalment part WHERE part.item_id = item.id)
    """,
)
invariant(
    "invoices.void_bills_owe_nothing",
    """
    SELECT part.id FROM invoices_instalment part
    JOIN invoices_invoice bill ON bill.id = part.invoice_id
    JOIN ledger_openitem item ON item.id = part.item_id
    WHERE bill.state = 'VOID' AND item.open_amount <> 0
    """,
)
# Numbers are unique, so a series has no gap when it holds as many bills as it gave out numbers.
# Those it passed over, because imported bills have them, it did not give out.
invariant(
    "invoices.numbers_have_no_gap",
    """
    SELECT series.id FROM core_numberseries series
    WHERE series.kind = 'invoice' AND series.next_number - 1 - (
        SELECT coalesce(sum((entry.changes->>'passed')::int), 0) FROM core_auditentry entry
        WHERE entry.tenant_id = series.tenant_id AND entry.event = 'numbers.passed'
          AND (entry.changes->>'year')::int = series.year) <> (
        SELECT count(*) FROM invoices_invoice bill
        WHERE bill.tenant_id = series.tenant_id AND bill.source <> 'IMPORT' AND bill.number <> ''
          AND extract(year FROM bill.issue_date) = series.year)
    """,
)
invariant(
    "invoices.nobody_approved_their_own",
    """
    SELECT bill.id FROM invoices_invoice bill
    JOIN core_auditentry entry ON entry.tenant_id = bill.tenant_id
        AND entry.subject = 'invoices.invoice:' || bill.id
        AND entry.event IN ('invoice.created', 'invoice.saved', 'invoice.submitted')
        AND entry.actor_id = bill.approved_by_id
    WHERE NOT bill.is_self_approved
    """,
)
# The mark is set by the approval alone, which says so in the history.
invariant(
    "invoices.own_approvals_are_told",
    """
    SELECT bill.id FROM invoices_invoice bill
    WHERE bill.is_self_approved AND NOT EXISTS (
        SELECT FROM core_auditentry entry
        WHERE entry.tenant_id = bill.tenant_id
          AND entry.subject = 'invoices.invoice:' || bill.id
          AND entry.event IN ('invoice.self_approved', 'invoice.helper_approved')
          AND entry.actor_id = bill.approved_by_id)
    """,
)
invariant(
    "invoices.charges_fit_their_bill",
    """
    SELECT charge.id FROM invoices_charge charge
    JOIN invoices_invoiceline line ON line.id = charge.line_id
    JOIN invoices_invoice bill ON bill.id = line.invoice_id
    WHERE bill.customer_id <> charge.customer_id OR bill.currency <> charge.currency
       OR bill.state = 'VOID'
    """,
)
invariant(
    "invoices.schedules_stand_after_what_they_billed",
    """
    SELECT schedule.id FROM invoices_schedule schedule
    WHERE schedule.next_index <= (SELECT max(period.index) FROM invoices_scheduledperiod period
                                  WHERE period.schedule_id = schedule.id)
    """,
)
