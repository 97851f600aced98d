"""Whose customers a member sees: teams, and the rules that narrow what the database shows.

The functions that look for customers act as the owner of the tables, whom row security binds to the
company, and who sees all of its customers: so no rule asks itself.
"""

import core.constraints
import core.fields
import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models


# Kept for the transaction beside the tenant: who looks, and whose customers they see.
SQL = """
DO $do$ BEGIN EXECUTE format($f$
CREATE FUNCTION app.owners() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN current_user <> %1$L
        THEN NULLIF(current_setting('app.owners', true), '')::bigint[] END $$;
$f$, current_user); END $do$;

CREATE FUNCTION app.viewer() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT NULLIF(current_setting('app.viewer', true), '')::bigint $$;

-- As text, for the setting; empty is everybody. Somebody who is no member sees their own.
CREATE FUNCTION app.owners_seen_by(company bigint, person bigint) RETURNS text
    LANGUAGE sql STABLE AS $$
SELECT coalesce((
    SELECT CASE mine.data_scope
        WHEN 'ALL' THEN ''
        WHEN 'TEAM' THEN (SELECT array_agg(other.user_id ORDER BY other.user_id)::text
            FROM public.core_membership other
            WHERE other.tenant_id = company AND other.team_id = mine.team_id)
        END
    FROM public.core_membership mine WHERE mine.tenant_id = company AND mine.user_id = person
), ARRAY[person]::text) $$;

CREATE FUNCTION app.visible_customers() RETURNS SETOF bigint LANGUAGE plpgsql
    STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp COST 1 ROWS 100 AS $$
BEGIN
    RETURN QUERY SELECT customer.id FROM customers_customer customer
        WHERE customer.tenant_id = (SELECT app.tenant()) AND customer.owner_id = ANY (
            NULLIF(current_setting('app.owners', true), '')::bigint[]);
END $$;
REVOKE EXECUTE ON FUNCTION app.visible_customers() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.visible_customers() TO duebook_app;

CREATE FUNCTION app.sees_job(job bigint) RETURNS boolean LANGUAGE plpgsql
    STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp COST 1 AS $$
BEGIN
    RETURN EXISTS (SELECT FROM core_job
        WHERE tenant_id = (SELECT app.tenant()) AND id = job
          AND created_by_id = (SELECT app.viewer()));
END $$;
REVOKE EXECUTE ON FUNCTION app.sees_job(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.sees_job(bigint) TO duebook_app;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0010_logo'),
    ]

    operations = [
        migrations.CreateModel(
            name='Team',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='team')),
            ],
        ),
        migrations.AddField(
            model_name='membership',
            name='data_scope',
            field=models.CharField(choices=[('ALL', 'All customers'), ('TEAM', 'Customers of the own team'), ('OWN', 'Own customers only')], db_default='ALL', default='ALL', max_length=4),
        ),
        migrations.AddConstraint(
            model_name='auditentry',
            constraint=core.constraints.CustomerScope(by='visible_customers', column='account_id', name='audit_scope', otherwise="account_id IS NULL AND (actor_id = (SELECT app.viewer()) OR split_part(event, '.', 1) <> ALL ('{job,list,import,view,api_key}'))"),
        ),
        migrations.AddConstraint(
            model_name='fileimport',
            constraint=core.constraints.CustomerScope(by='viewer', column='created_by_id', name='fileimport_scope'),
        ),
        migrations.AddConstraint(
            model_name='note',
            constraint=core.constraints.CustomerScope(by='visible_customers', column='account_id', name='note_scope'),
        ),
        migrations.AddConstraint(
            model_name='job',
            constraint=core.constraints.CustomerScope(by='viewer', column='created_by_id', name='job_scope'),
        ),
        migrations.AddConstraint(
            model_name='jobresult',
            constraint=core.constraints.CustomerScope(by='sees_job', column='job_id', name='jobresult_scope'),
        ),
        migrations.AddConstraint(
            model_name='jobrow',
            constraint=core.constraints.CustomerScope(by='sees_job', column='job_id', name='jobrow_scope'),
        ),
        migrations.AddField(
            model_name='team',
            name='tenant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant'),
        ),
        migrations.AddField(
            model_name='membership',
            name='team',
            field=core.fields.TenantForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.team'),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='membership',
            constraint=core.constraints.CompositeFK(field='team', name='membership_team_tfk'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(('data_scope', 'ALL'), ('data_scope', 'OWN'), models.Q(('data_scope', 'TEAM'), ('team__isnull', False)), _connector='OR'), name='membership_scope'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('roles__contains', ['ADMIN']), _negated=True), ('data_scope', 'ALL'), _connector='OR'), name='membership_admin_sees_all'),
        ),
        migrations.AddConstraint(
            model_name='team',
            constraint=models.UniqueConstraint(fields=('tenant', 'id'), name='team_tenant_id'),
        ),
        migrations.AddConstraint(
            model_name='team',
            constraint=core.constraints.TenantPolicy(name='team_policy'),
        ),
        migrations.AddConstraint(
            model_name='team',
            constraint=models.UniqueConstraint(models.F('tenant'), django.db.models.functions.text.Lower('name'), name='team_name'),
        ),
        migrations.AddConstraint(
            model_name='team',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='team_has_name'),
        ),
    ]
