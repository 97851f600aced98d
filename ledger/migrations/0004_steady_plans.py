"""Rules that start from the rows just written, whatever the planner thinks of the tables.

A plan made while a table was small walked the whole of it for each new row. A scalar subquery is
always answered by the index; an array of ids bounds the items, which are then joined by hashing.
"""

from django.db import migrations

SQL = """
CREATE OR REPLACE FUNCTION app.post_entries() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off AS $$
DECLARE posted bigint; wanted bigint; ids bigint[];
BEGIN
    SELECT array_agg(DISTINCT item_id) INTO ids FROM fresh;
    WITH sums AS (
        SELECT item_id, sum(amount) AS amount,
               CASE WHEN count(base_amount) = count(*) THEN sum(base_amount) END AS base,
               max(effective_date) AS latest, max(recorded_at) AS recorded
        FROM fresh GROUP BY item_id
    )
    UPDATE ledger_openitem item SET
        open_amount = item.open_amount + sums.amount,
        base_open = CASE WHEN item.last_effective IS NULL THEN sums.base
                         ELSE item.base_open + sums.base END,
        last_effective = greatest(item.last_effective, sums.latest),
        closed_on = CASE WHEN item.open_amount + sums.amount = 0
                         THEN greatest(item.last_effective, sums.latest) END,
        closed_at = CASE WHEN item.open_amount + sums.amount = 0 THEN sums.recorded END
    FROM sums WHERE item.id = sums.item_id AND item.id = ANY (ids);
    GET DIAGNOSTICS posted = ROW_COUNT;
    wanted := coalesce(cardinality(ids), 0);
    IF posted <> wanted THEN
        RAISE EXCEPTION 'an entry names an item that is not there' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION app.post_entries() FROM PUBLIC;

CREATE OR REPLACE FUNCTION app.refuse_sealed_journal() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    IF EXISTS (SELECT FROM fresh WHERE (
            SELECT journal.xid FROM ledger_journal journal WHERE journal.id = fresh.journal_id
        ) <> pg_current_xact_id()) THEN
        RAISE EXCEPTION 'the journal is sealed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_sealed';
    END IF;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION app.refuse_sealed_journal() FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_tenant_by_parent")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
