"""An imported bill gives its number and key back when its import is taken back, and only then."""

from django.db import migrations

FIXED = """tenant_id customer_id source currency exchange_rate tax_mode language terms_id
issue_date due_date po_number reference note lines_amount discount_amount discount_percent
net_amount tax_amount total_amount parties author_id edited_by_id submitted_by_id submitted_at
approved_by_id approved_at is_self_approved issued_by_id issued_at created_at""".split()

OLD, NEW = (", ".join(f"{row}.{name}" for name in FIXED) for row in ("OLD", "NEW"))

SQL = f"""
DROP TRIGGER invoice_frozen ON invoices_invoice;
CREATE TRIGGER invoice_frozen BEFORE UPDATE ON invoices_invoice FOR EACH ROW
    WHEN (OLD.state IN ('ISSUED', 'VOID') AND (
        ROW({OLD}) IS DISTINCT FROM ROW({NEW})
        OR ((NEW.number <> OLD.number OR NEW.external_key <> OLD.external_key)
            AND NOT (OLD.source = 'IMPORT' AND OLD.state = 'ISSUED' AND NEW.state = 'VOID'))
        OR (OLD.document_id IS NOT NULL AND NEW.document_id IS DISTINCT FROM OLD.document_id)
        OR (OLD.state = 'ISSUED' AND NEW.state NOT IN ('ISSUED', 'VOID'))
        OR (OLD.state = 'VOID' AND (NEW.state <> 'VOID' OR NEW.voided_at <> OLD.voided_at
            OR NEW.void_reason <> OLD.void_reason))))
    EXECUTE FUNCTION app.refuse_frozen();
"""


class Migration(migrations.Migration):
    dependencies = [("invoices", "0015_fill_product_search_keys")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
