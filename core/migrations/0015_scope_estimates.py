"""Let the planner expect half of the rows behind a policy of the data scope, not one in 200.

``(SELECT f()) IS NULL`` is estimated as rare; a boolean that a subquery returns as even. Companies
where nearly everybody sees everything got nested loops over all their customers.
"""

from django.db import migrations

POLICIES = """
DO $$
DECLARE
    policy record;
BEGIN
    FOR policy IN
        SELECT schemaname, tablename, policyname, qual,
            replace(qual, '(( SELECT app.owners() AS owners) IS NULL)',
                '(SELECT app.owners() IS NULL)') AS wanted
        FROM pg_policies WHERE permissive = 'RESTRICTIVE' AND qual LIKE '%app.owners()%'
    LOOP
        IF policy.wanted <> policy.qual THEN
            EXECUTE format('ALTER POLICY %I ON %I.%I USING (%s)', policy.policyname,
                policy.schemaname, policy.tablename, policy.wanted);
        END IF;
    END LOOP;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0014_invitations_addresses_numbers")]
    operations = [migrations.RunSQL(POLICIES, migrations.RunSQL.noop)]
