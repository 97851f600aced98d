"""Which companies have messages due, and whose message an id is: ids only, for the sweep and bounces."""

from django.db import migrations

SQL = """
CREATE FUNCTION app.tenants_with_messages_due() RETURNS SETOF bigint LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT DISTINCT tenant_id FROM messaging_outboundmessage
        WHERE state = 'QUEUED' AND next_attempt_at <= now()
    UNION
    SELECT DISTINCT tenant_id FROM messaging_outboundmessage
        WHERE state IN ('CLAIMED', 'TRANSMITTING') AND lease_until < now()
$$;
CREATE FUNCTION app.tenant_of_message(header text) RETURNS bigint LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT tenant_id FROM messaging_outboundmessage WHERE message_id = header $$;
REVOKE EXECUTE ON FUNCTION app.tenants_with_messages_due(), app.tenant_of_message(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.tenants_with_messages_due(), app.tenant_of_message(text)
    TO duebook_app;
"""


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_initial")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
