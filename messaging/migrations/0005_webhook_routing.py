"""Which companies have events to tell, and how many wait: ids and counts only."""

from django.db import migrations

SQL = """
CREATE FUNCTION app.tenants_with_webhooks_due() RETURNS SETOF bigint LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT DISTINCT d.tenant_id FROM messaging_webhookdelivery d
        JOIN messaging_webhookendpoint e ON e.tenant_id = d.tenant_id AND e.id = d.endpoint_id
        WHERE d.state = 'WAITING' AND d.next_try_at <= now() AND e.state = 'ACTIVE'
            AND (e.resting_until IS NULL OR e.resting_until <= now())
    UNION
    SELECT DISTINCT tenant_id FROM messaging_webhookdelivery
        WHERE state = 'SENDING' AND lease_until < now()
$$;
CREATE OR REPLACE FUNCTION app.work_figures()
    RETURNS TABLE (kind text, state text, number bigint, age double precision)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT 'message', m.state, count(*),
        extract(epoch FROM now() - min(m.created_at))::double precision
    FROM messaging_outboundmessage m
    WHERE m.state IN ('QUEUED', 'CLAIMED', 'TRANSMITTING', 'HELD')
        OR (m.state IN ('BOUNCED', 'FAILED', 'UNCONFIRMED') AND m.resolved_at IS NULL)
    GROUP BY m.state
    UNION ALL
    SELECT 'job', j.state, count(*),
        extract(epoch FROM now() - min(j.created_at))::double precision
    FROM core_job j WHERE j.state IN ('QUEUED', 'RUNNING') GROUP BY j.state
    UNION ALL
    SELECT 'webhook', d.state, count(*),
        extract(epoch FROM now() - min(d.created_at))::double precision
    FROM messaging_webhookdelivery d
    WHERE d.state IN ('WAITING', 'SENDING', 'FAILED') GROUP BY d.state
$$;
REVOKE EXECUTE ON FUNCTION app.tenants_with_webhooks_due() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.tenants_with_webhooks_due() TO duebook_app;
"""


class Migration(migrations.Migration):
    dependencies = [("messaging", "0004_webhooks")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
