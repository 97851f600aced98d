"""Who came to see less does not see what they had made before: jobs, files of jobs, imports."""

import core.constraints
from django.db import migrations, models

SQL = """
CREATE FUNCTION app.viewer_since() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce((SELECT scope_since FROM public.core_membership
        WHERE tenant_id = app.tenant() AND user_id = app.viewer()), '-infinity') $$;

CREATE OR REPLACE FUNCTION app.sees_job(job bigint) RETURNS boolean LANGUAGE plpgsql
    STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp COST 1 AS $$
BEGIN
    RETURN EXISTS (SELECT FROM core_job
        WHERE tenant_id = (SELECT app.tenant()) AND id = job
          AND created_by_id = (SELECT app.viewer())
          AND created_at >= (SELECT app.viewer_since()));
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0017_bank_accounts_wait_a_day'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='fileimport',
            name='fileimport_scope',
        ),
        migrations.RemoveConstraint(
            model_name='job',
            name='job_scope',
        ),
        migrations.AddField(
            model_name='membership',
            name='scope_since',
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='fileimport',
            constraint=core.constraints.CustomerScope(by='viewer_since', column='created_by_id', name='fileimport_scope'),
        ),
        migrations.AddConstraint(
            model_name='job',
            constraint=core.constraints.CustomerScope(by='viewer_since', column='created_by_id', name='job_scope'),
        ),
    ]
