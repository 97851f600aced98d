"""What must always be true of reminders."""

from core.books import invariant

invariant(
    "collections.reminded_once_per_item_and_step",
    """
    SELECT item_id FROM collections_decision WHERE outcome = 'SENT'
    GROUP BY item_id, offset_days HAVING count(*) > 1
    """,
)
invariant(
    "collections.every_notice_has_a_mail_and_an_item",
    """
    SELECT notice.id FROM collections_notice notice
    WHERE NOT EXISTS (
        SELECT FROM messaging_outboundmessage message
        WHERE message.tenant_id = notice.tenant_id AND message.id = notice.message_id
          AND message.kind = 'REMINDER' AND message.account_id = notice.customer_id)
       OR NOT EXISTS (
        SELECT FROM collections_decision decision
        WHERE decision.tenant_id = notice.tenant_id AND decision.notice_id = notice.id
          AND decision.run_id = notice.run_id AND decision.customer_id = notice.customer_id)
    """,
)
# A payment's own instant is taken before it waits for the account's lock, hence the minute.
invariant(
    "collections.nobody_is_reminded_of_what_was_paid",
    """
    SELECT decision.id FROM collections_decision decision
    JOIN LATERAL (
        SELECT sum(entry.amount) AS amount FROM ledger_entry entry
        WHERE entry.tenant_id = decision.tenant_id AND entry.item_id = decision.item_id
          AND entry.recorded_at < decision.decided_at - interval '1 minute'
    ) known ON known.amount <= 0
    WHERE decision.outcome = 'SENT'
    """,
)
invariant(
    "collections.no_step_is_taken_back",
    """
    SELECT later.id FROM collections_decision later
    JOIN collections_decision earlier
        ON earlier.tenant_id = later.tenant_id AND earlier.item_id = later.item_id
        AND earlier.id < later.id AND earlier.offset_days >= later.offset_days
    WHERE later.outcome = 'SENT' AND earlier.outcome = 'SENT'
    """,
)
