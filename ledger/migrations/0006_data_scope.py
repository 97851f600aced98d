"""The books are shown by their customers."""

import core.constraints
from django.db import migrations

SQL = """
CREATE FUNCTION app.visible_items() RETURNS SETOF bigint LANGUAGE plpgsql
    STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp COST 1 ROWS 100 AS $$
BEGIN
    RETURN QUERY SELECT part.id FROM ledger_openitem part
        WHERE part.tenant_id = (SELECT app.tenant())
          AND part.customer_id IN (SELECT app.visible_customers());
END $$;
REVOKE EXECUTE ON FUNCTION app.visible_items() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.visible_items() TO duebook_app;

CREATE FUNCTION app.visible_journals() RETURNS SETOF bigint LANGUAGE plpgsql
    STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp COST 1 ROWS 100 AS $$
BEGIN
    RETURN QUERY SELECT part.id FROM ledger_journal part
        WHERE part.tenant_id = (SELECT app.tenant())
          AND part.customer_id IN (SELECT app.visible_customers());
END $$;
REVOKE EXECUTE ON FUNCTION app.visible_journals() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.visible_journals() TO duebook_app;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0011_data_scope'),
        ('customers', '0004_data_scope'),
        ('ledger', '0005_check_by_journal'),
    ]

    operations = [
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='allocation',
            constraint=core.constraints.CustomerScope(by='visible_items', column='credit_item_id', name='allocation_scope'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=core.constraints.CustomerScope(by='visible_items', column='item_id', name='entry_scope'),
        ),
        migrations.AddConstraint(
            model_name='journal',
            constraint=core.constraints.CustomerScope(by='visible_customers', column='customer_id', name='journal_scope'),
        ),
        migrations.AddConstraint(
            model_name='journalline',
            constraint=core.constraints.CustomerScope(by='visible_journals', column='journal_id', name='journalline_scope'),
        ),
        migrations.AddConstraint(
            model_name='openitem',
            constraint=core.constraints.CustomerScope(by='visible_customers', column='customer_id', name='openitem_scope'),
        ),
    ]
