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
