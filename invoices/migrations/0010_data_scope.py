"""Bills and their parts are shown to who sees their customer."""

import core.constraints
from django.conf import settings
from django.db import migrations

SQL = """
CREATE FUNCTION app.sees_invoice(wanted bigint) RETURNS boolean LANGUAGE plpgsql
    STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp COST 1 AS $$
BEGIN
    RETURN EXISTS (SELECT FROM invoices_invoice whole
        JOIN customers_customer customer
            ON customer.tenant_id = whole.tenant_id AND customer.id = whole.customer_id
        WHERE whole.tenant_id = (SELECT app.tenant()) AND whole.id = wanted
          AND customer.owner_id = ANY (
              NULLIF(current_setting('app.owners', true), '')::bigint[]));
END $$;
REVOKE EXECUTE ON FUNCTION app.sees_invoice(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.sees_invoice(bigint) TO duebook_app;

CREATE FUNCTION app.sees_schedule(wanted bigint) RETURNS boolean LANGUAGE plpgsql
    STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp COST 1 AS $$
BEGIN
    RETURN EXISTS (SELECT FROM invoices_schedule whole
        JOIN customers_customer customer
            ON customer.tenant_id = whole.tenant_id AND customer.id = whole.customer_id
        WHERE whole.tenant_id = (SELECT app.tenant()) AND whole.id = wanted
          AND customer.owner_id = ANY (
              NULLIF(current_setting('app.owners', true), '')::bigint[]));
END $$;
REVOKE EXECUTE ON FUNCTION app.sees_schedule(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.sees_schedule(bigint) TO duebook_app;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0011_data_scope'),
        ('customers', '0004_data_scope'),
        ('invoices', '0009_typed_bill'),
        ('ledger', '0006_data_scope'),
        ('messaging', '0006_data_scope'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='charge',
            constraint=core.constraints.CustomerScope(by='visible_customers', column='customer_id', name='charge_scope'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=core.constraints.CustomerScope(by='sees_invoice', column='invoice_id', name='delivery_scope'),
        ),
        migrations.AddConstraint(
            model_name='instalment',
            constraint=core.constraints.CustomerScope(by='sees_invoice', column='invoice_id', name='instalment_scope'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=core.constraints.CustomerScope(by='visible_customers', column='customer_id', name='invoice_scope'),
        ),
        migrations.AddConstraint(
            model_name='invoiceline',
            constraint=core.constraints.CustomerScope(by='sees_invoice', column='invoice_id', name='invoiceline_scope'),
        ),
        migrations.AddConstraint(
            model_name='invoicetax',
            constraint=core.constraints.CustomerScope(by='sees_invoice', column='invoice_id', name='invoicetax_scope'),
        ),
        migrations.AddConstraint(
            model_name='publiclink',
            constraint=core.constraints.CustomerScope(by='sees_invoice', column='invoice_id', name='publiclink_scope'),
        ),
        migrations.AddConstraint(
            model_name='schedule',
            constraint=core.constraints.CustomerScope(by='visible_customers', column='customer_id', name='schedule_scope'),
        ),
        migrations.AddConstraint(
            model_name='typedbill',
            constraint=core.constraints.CustomerScope(by='viewer', column='user_id', name='typedbill_scope'),
        ),
        migrations.AddConstraint(
            model_name='scheduledperiod',
            constraint=core.constraints.CustomerScope(by='sees_schedule', column='schedule_id', name='scheduledperiod_scope'),
        ),
        migrations.AddConstraint(
            model_name='scheduleline',
            constraint=core.constraints.CustomerScope(by='sees_schedule', column='schedule_id', name='scheduleline_scope'),
        ),
    ]
