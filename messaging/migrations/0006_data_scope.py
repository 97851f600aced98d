"""Messages are shown to who sees their customer."""

import core.constraints
from django.conf import settings
from django.db import migrations

SQL = """
CREATE FUNCTION app.sees_message(wanted bigint) RETURNS boolean LANGUAGE plpgsql
    STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp COST 1 AS $$
BEGIN
    RETURN EXISTS (SELECT FROM messaging_outboundmessage whole
        JOIN customers_customer customer
            ON customer.tenant_id = whole.tenant_id AND customer.id = whole.account_id
        WHERE whole.tenant_id = (SELECT app.tenant()) AND whole.id = wanted
          AND customer.owner_id = ANY (
              NULLIF(current_setting('app.owners', true), '')::bigint[]));
END $$;
REVOKE EXECUTE ON FUNCTION app.sees_message(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.sees_message(bigint) TO duebook_app;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0011_data_scope'),
        ('messaging', '0005_webhook_routing'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='messageattachment',
            constraint=core.constraints.CustomerScope(by='sees_message', column='message_id', name='attachment_scope'),
        ),
        migrations.AddConstraint(
            model_name='messageevent',
            constraint=core.constraints.CustomerScope(by='sees_message', column='message_id', name='messageevent_scope'),
        ),
        migrations.AddConstraint(
            model_name='outboundmessage',
            constraint=core.constraints.CustomerScope(by='visible_customers', column='account_id', name='outbound_scope'),
        ),
    ]
