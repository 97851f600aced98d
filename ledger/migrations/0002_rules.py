"""The rules of the ledger that only the database can keep: balances, seals, pairs, closed periods."""

from django.db import migrations

SQL = """
-- Open amounts are written by this trigger alone; the CHECK on the row refuses too much.
REVOKE UPDATE, DELETE ON ledger_openitem FROM duebook_app;

CREATE FUNCTION app.item_starts_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an open item starts empty; its entries fill it'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'openitem_starts_empty';
END $$;
CREATE TRIGGER openitem_starts_empty BEFORE INSERT ON ledger_openitem FOR EACH ROW
    WHEN (NEW.open_amount <> 0 OR NEW.base_open IS NOT NULL OR NEW.last_effective IS NOT NULL
          OR NEW.closed_on IS NOT NULL OR NEW.closed_at IS NOT NULL OR NEW.amount = 0)
    EXECUTE FUNCTION app.item_starts_empty();

CREATE FUNCTION app.post_entries() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE posted bigint; wanted bigint;
BEGIN
    WITH sums AS (
        SELECT tenant_id, item_id, sum(amount) AS amount,
               CASE WHEN count(base_amount) = count(*) THEN sum(base_amount) END AS base,
               max(effective_date) AS latest, max(recorded_at) AS recorded
        FROM fresh GROUP BY tenant_id, item_id
    )
    UPDATE ledger_openitem item SET
        open_amount = item.open_amount + sums.amount,
        base_open = CASE WHEN item.last_effective IS NULL THEN sums.base
                         ELSE item.base_open + sums.base END,
        last_effective = greatest(item.last_effective, sums.latest),
        closed_on = CASE WHEN item.open_amount + sums.amount = 0
                         THEN greatest(item.last_effective, sums.latest) END,
        closed_at = CASE WHEN item.open_amount + sums.amount = 0 THEN sums.recorded END
    FROM sums WHERE item.id = sums.item_id;
    GET DIAGNOSTICS posted = ROW_COUNT;
    SELECT count(DISTINCT item_id) INTO wanted FROM fresh;
    IF posted <> wanted THEN
        RAISE EXCEPTION 'an entry names an item that is not there' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entry_posts_to_item AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION app.post_entries();

-- Periods: posting shares a lock that closing takes alone, so none slips through while one closes.
CREATE FUNCTION app.period_lock(tenant bigint) RETURNS bigint LANGUAGE sql IMMUTABLE
AS $$ SELECT hashtextextended('ledger.period', tenant) $$;
CREATE FUNCTION app.refuse_closed_period() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE closed date;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(app.period_lock(tenant_id))
        FROM (SELECT DISTINCT tenant_id FROM fresh) AS tenants;
    SELECT fresh.effective_date INTO closed FROM fresh JOIN ledger_period period
        ON period.tenant_id = fresh.tenant_id AND period.is_closed
        AND fresh.effective_date BETWEEN period.first_day AND period.last_day LIMIT 1;
    IF closed IS NOT NULL THEN
        RAISE EXCEPTION 'the period of % is closed', closed
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_closed';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entry_period_open AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_closed_period();
CREATE TRIGGER journal_period_open AFTER INSERT ON ledger_journal
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_closed_period();

-- Journals: the header is checked at commit and sealed after its own transaction.
ALTER TABLE ledger_journal ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE FUNCTION app.journal_of_now() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a journal belongs to its own transaction' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER journal_of_now BEFORE INSERT ON ledger_journal FOR EACH ROW
    WHEN (NEW.xid <> pg_current_xact_id()) EXECUTE FUNCTION app.journal_of_now();

CREATE FUNCTION app.refuse_sealed_journal() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM fresh JOIN ledger_journal journal ON journal.id = fresh.journal_id
               WHERE journal.xid <> pg_current_xact_id()) THEN
        RAISE EXCEPTION 'the journal is sealed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_sealed';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER journalline_not_sealed AFTER INSERT ON ledger_journalline
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_sealed_journal();
CREATE TRIGGER entry_not_sealed AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_sealed_journal();

CREATE FUNCTION app.check_journal() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE lines bigint; unbalanced boolean; receivable numeric; entries numeric;
BEGIN
    SELECT coalesce(sum(c.n), 0), coalesce(bool_or(c.amount <> 0 OR c.base <> 0), false)
        INTO lines, unbalanced
        FROM (SELECT count(*) AS n, sum(amount) AS amount,
                     CASE WHEN count(base_amount) = count(*) THEN sum(base_amount) ELSE 0 END AS base
              FROM ledger_journalline
              WHERE journal_id = NEW.id GROUP BY currency) AS c;
    IF lines < 2 OR unbalanced THEN
        RAISE EXCEPTION 'journal % does not balance (% lines seen)', NEW.id, lines
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_balances';
    END IF;
    SELECT coalesce(sum(amount), 0) INTO receivable FROM ledger_journalline
        WHERE journal_id = NEW.id AND account = 'RECEIVABLE';
    SELECT coalesce(sum(amount), 0) INTO entries FROM ledger_entry
        WHERE journal_id = NEW.id;
    IF receivable <> entries THEN
        RAISE EXCEPTION 'journal % moves % of receivables, its entries %', NEW.id, receivable, entries
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_agrees_with_entries';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER journal_balances AFTER INSERT ON ledger_journal
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.check_journal();

-- Allocations: same customer and currency, credit to debit, and at commit exactly their two entries.
CREATE FUNCTION app.check_allocation_sides() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM fresh
        LEFT JOIN ledger_openitem credit ON credit.id = fresh.credit_item_id
        LEFT JOIN ledger_openitem debit ON debit.id = fresh.debit_item_id
        WHERE (credit.amount < 0 AND debit.amount > 0 AND credit.currency = debit.currency
               AND credit.customer_id = debit.customer_id) IS NOT TRUE
    ) THEN
        RAISE EXCEPTION 'an allocation goes from a credit to a debt of one customer and currency'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_sides';
    END IF;
    IF EXISTS (
        SELECT FROM fresh LEFT JOIN ledger_allocation done ON done.id = fresh.undoes_id
        WHERE fresh.undoes_id IS NOT NULL AND (
            done.amount = fresh.amount AND done.credit_item_id = fresh.credit_item_id
            AND done.debit_item_id = fresh.debit_item_id AND done.undoes_id IS NULL) IS NOT TRUE
    ) THEN
        RAISE EXCEPTION 'an undoing mirrors what it undoes'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_mirror';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER allocation_sides AFTER INSERT ON ledger_allocation
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION app.check_allocation_sides();

CREATE FUNCTION app.check_allocation_pair() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE sign int := CASE WHEN NEW.undoes_id IS NULL THEN 1 ELSE -1 END; pair bigint;
BEGIN
    SELECT count(*) FILTER (
            WHERE (item_id = NEW.credit_item_id AND amount = sign * NEW.amount)
               OR (item_id = NEW.debit_item_id AND amount = -sign * NEW.amount))
         + 100 * count(*) INTO pair
        FROM ledger_entry WHERE allocation_id = NEW.id;
    IF pair <> 202 THEN
        RAISE EXCEPTION 'allocation % lacks its pair of entries', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_pair';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER allocation_pair AFTER INSERT ON ledger_allocation
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.check_allocation_pair();
"""

# The rules act as the owner, who sees these rows whatever tenant is set: they find rows by ids,
# which are unique over all companies, and a tenant reset before commit cannot hide a journal's
# lines from its check. Only the index on the id serves them; a plan made while the tables were
# small, and kept by the session, must not be a scan.
TABLES = ("openitem", "entry", "journal", "journalline", "allocation")
FUNCTIONS = (
    "post_entries",
    "refuse_sealed_journal",
    "check_journal",
    "check_allocation_sides",
    "check_allocation_pair",
)
OWNER = "".join(
    f"CREATE POLICY {table}_rules ON ledger_{table} TO CURRENT_USER USING (true) WITH CHECK (true);"
    for table in TABLES
) + "".join(
    f"REVOKE EXECUTE ON FUNCTION app.{function}() FROM PUBLIC;"
    f"ALTER FUNCTION app.{function}() SET enable_seqscan = off;"
    f"ALTER FUNCTION app.{function}() SET enable_hashjoin = off;"
    f"ALTER FUNCTION app.{function}() SET enable_mergejoin = off;"
    for function in FUNCTIONS
)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunSQL(SQL + OWNER, migrations.RunSQL.noop)]
