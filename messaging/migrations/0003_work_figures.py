"""How much waits over all companies: counts and ages by state, for the operator's monitoring."""

from django.db import migrations

SQL = """
-- The function's owner alone may count the jobs of all companies; the app role sees its own.
CREATE POLICY job_counting ON core_job FOR SELECT TO CURRENT_USER USING (true);
CREATE FUNCTION app.work_figures()
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
$$;
REVOKE EXECUTE ON FUNCTION app.work_figures() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.work_figures() TO duebook_app;
"""


class Migration(migrations.Migration):
    dependencies = [("messaging", "0002_routing"), ("core", "0006_file_imports")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
