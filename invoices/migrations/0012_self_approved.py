"""A bill says that its author approved it; that, too, is frozen with it."""

from django.conf import settings
from django.db import migrations, models

FIXED = """tenant_id customer_id source number currency exchange_rate tax_mode language terms_id
issue_date due_date po_number reference note lines_amount discount_amount discount_percent
net_amount tax_amount total_amount parties author_id edited_by_id submitted_by_id submitted_at
approved_by_id approved_at is_self_approved issued_by_id issued_at external_key
created_at""".split()

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
    dependencies = [
        ("core", "0013_needs_second_person"),
        ("customers", "0004_data_scope"),
        ("invoices", "0011_scope_of_sums"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="invoice",
            name="invoice_author_never_approves",
        ),
        migrations.AddField(
            model_name="invoice",
            name="is_self_approved",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_by__isnull", True),
                    ("is_self_approved", True),
                    models.Q(
                        models.Q(
                            ("author__isnull", True),
                            models.Q(("author", models.F("approved_by")), _negated=True),
                            _connector="OR",
                        ),
                        models.Q(
                            ("edited_by__isnull", True),
                            models.Q(("edited_by", models.F("approved_by")), _negated=True),
                            _connector="OR",
                        ),
                        models.Q(
                            ("submitted_by__isnull", True),
                            models.Q(("submitted_by", models.F("approved_by")), _negated=True),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="invoice_author_never_approves",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_self_approved", False), ("approved_by__isnull", False), _connector="OR"
                ),
                name="invoice_self_approved_is_approved",
            ),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
