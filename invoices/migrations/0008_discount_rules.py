"""What holds of discounts; and that of the bill, too, is frozen with it."""

from decimal import Decimal

import django.db.models.expressions
from django.db import migrations, models

FIXED = """tenant_id customer_id source number currency exchange_rate tax_mode language terms_id
issue_date due_date po_number reference note lines_amount discount_amount discount_percent net_amount
tax_amount total_amount parties author_id edited_by_id submitted_by_id submitted_at approved_by_id
approved_at issued_by_id issued_at external_key created_at""".split()

OLD, NEW = (", ".join(f"{row}.{name}" for name in FIXED) for row in ("OLD", "NEW"))

SQL = f"""
DROP TRIGGER invoice_frozen ON invoices_invoice;
CREATE TRIGGER invoice_frozen BEFORE UPDATE ON invoices_invoice FOR EACH ROW
    WHEN (OLD.state IN ('ISSUED', 'VOID') AND (
        ROW({OLD}) IS DISTINCT FROM ROW({NEW})
        OR (OLD.document_id IS NOT NULL AND NEW.document_id IS DISTINCT FROM OLD.document_id)
        OR (OLD.state = 'ISSUED' AND NEW.state NOT IN ('ISSUED', 'VOID'))
        OR (OLD.state = 'VOID' AND (NEW.state <> 'VOID' OR NEW.voided_at <> OLD.voided_at
            OR NEW.void_reason <> OLD.void_reason))))
    EXECUTE FUNCTION app.refuse_frozen();
"""


class Migration(migrations.Migration):
    dependencies = [("invoices", "0007_discounts")]
    operations = [
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("discount_percent__gte", 0), ("discount_percent__lte", 100)),
                name="invoice_discount_percent",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("discount_percent", 0),
                    models.Q(
                        (
                            "discount_amount__gte",
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("lines_amount"), "*", models.F("discount_percent")
                                    ),
                                    "/",
                                    models.Value(100),
                                ),
                                "-",
                                models.Value(Decimal("0.5")),
                            ),
                        ),
                        (
                            "discount_amount__lte",
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("lines_amount"), "*", models.F("discount_percent")
                                    ),
                                    "/",
                                    models.Value(100),
                                ),
                                "+",
                                models.Value(Decimal("0.5")),
                            ),
                        ),
                    ),
                    _connector="OR",
                ),
                name="invoice_discount_follows_percent",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoiceline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("discount_amount", 0),
                    models.Q(
                        ("discount_amount__gt", 0), ("discount_percent", 0), ("net_amount__gte", 0)
                    ),
                    _connector="OR",
                ),
                name="invoiceline_discount_once",
            ),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
