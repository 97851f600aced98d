"""What must always be true of messages."""

from core.books import invariant

invariant(
    "messaging.none_runs_longer_than_its_lease",
    """
    SELECT id FROM messaging_outboundmessage
    WHERE state IN ('CLAIMED', 'TRANSMITTING') AND lease_until < now() - interval '1 minute'
    """,
)
invariant(
    "messaging.sent_ones_say_when",
    """
    SELECT id FROM messaging_outboundmessage
    WHERE state IN ('ACCEPTED', 'DELIVERED') AND accepted_at IS NULL
    """,
)
invariant(
    "messaging.events_tell_the_state",
    """
    SELECT message.id FROM messaging_outboundmessage message
    WHERE message.state IS DISTINCT FROM (
        SELECT event.state FROM messaging_messageevent event
        WHERE event.tenant_id = message.tenant_id AND event.message_id = message.id
        ORDER BY event.id DESC LIMIT 1
    )
    """,
)
invariant(
    "messaging.each_promise_stands_once",
    """
    SELECT dedupe_key FROM messaging_outboundmessage
    GROUP BY tenant_id, dedupe_key HAVING count(*) > 1
    """,
)
invariant(
    "messaging.no_webhook_runs_longer_than_its_lease",
    """
    SELECT id FROM messaging_webhookdelivery
    WHERE state = 'SENDING' AND lease_until < now() - interval '1 minute'
    """,
)
invariant(
    "messaging.nothing_waits_for_a_webhook_that_is_off",
    """
    SELECT delivery.id FROM messaging_webhookdelivery delivery
    JOIN messaging_webhookendpoint endpoint ON endpoint.tenant_id = delivery.tenant_id
        AND endpoint.id = delivery.endpoint_id
    WHERE endpoint.state = 'STOPPED' AND delivery.state = 'WAITING'
    """,
)
invariant(
    "messaging.webhooks_done_with_say_when",
    """
    SELECT id FROM messaging_webhookdelivery
    WHERE (state IN ('DELIVERED', 'FAILED', 'CANCELLED')) <> (finished_at IS NOT NULL)
    """,
)
