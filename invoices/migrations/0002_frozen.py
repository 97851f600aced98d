"""An issued bill does not change, and is not deleted; nor do its lines, taxes and instalments."""

from django.db import migrations

FIXED = """tenant_id customer_id source number currency exchange_rate tax_mode language terms_id
issue_date due_date po_number reference note lines_amount discount_amount net_amount tax_amount
total_amount parties author_id edited_by_id submitted_by_id submitted_at approved_by_id approved_at
issued_by_id issued_at external_key created_at""".split()

OLD, NEW = (", ".join(f"{row}.{name}" for name in FIXED) for row in ("OLD", "NEW"))

SQL = f"""
CREATE FUNCTION app.refuse_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('app.erase', true) = 'on'
       AND pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE')
    THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'an issued invoice is not changed'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'invoice_frozen';
END $$;
CREATE TRIGGER invoice_frozen BEFORE UPDATE ON invoices_invoice FOR EACH ROW
    WHEN (OLD.state IN ('ISSUED', 'VOID') AND (
        ROW({OLD}) IS DISTINCT FROM ROW({NEW})
        OR (OLD.document_id IS NOT NULL AND NEW.document_id IS DISTINCT FROM OLD.document_id)
        OR (OLD.state = 'ISSUED' AND NEW.state NOT IN ('ISSUED', 'VOID'))
        OR (OLD.state = 'VOID' AND (NEW.state <> 'VOID' OR NEW.voided_at <> OLD.voided_at
            OR NEW.void_reason <> OLD.void_reason))))
    EXECUTE FUNCTION app.refuse_frozen();
CREATE TRIGGER invoice_kept BEFORE DELETE ON invoices_invoice FOR EACH ROW
    WHEN (OLD.state IN ('ISSUED', 'VOID')) EXECUTE FUNCTION app.refuse_frozen();

CREATE FUNCTION app.refuse_part_of_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('app.erase', true) = 'on'
       AND pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE')
    THEN
        RETURN NULL;
    END IF;
    IF EXISTS (SELECT FROM touched JOIN invoices_invoice invoice
               ON invoice.tenant_id = touched.tenant_id AND invoice.id = touched.invoice_id
               WHERE invoice.state IN ('ISSUED', 'VOID')) THEN
        RAISE EXCEPTION 'an issued invoice is not changed'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'invoice_frozen';
    END IF;
    RETURN NULL;
END $$;
""" + "".join(
    f"""
CREATE TRIGGER {part}_frozen_{verb.lower()} AFTER {verb} ON invoices_{part}
    REFERENCING {rows} TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_part_of_frozen();
"""
    for part in ("invoiceline", "invoicetax", "instalment")
    for verb, rows in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD"))
) + """
CREATE FUNCTION app.tenant_of_link(hash text) RETURNS bigint LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT tenant_id FROM invoices_publiclink WHERE token_hash = hash $$;
CREATE FUNCTION app.tenant_of_public_id(link uuid) RETURNS bigint LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT tenant_id FROM invoices_publiclink WHERE public_id = link $$;
REVOKE EXECUTE ON FUNCTION app.tenant_of_link(text), app.tenant_of_public_id(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.tenant_of_link(text), app.tenant_of_public_id(uuid) TO duebook_app;
"""


class Migration(migrations.Migration):
    dependencies = [("invoices", "0001_initial")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
