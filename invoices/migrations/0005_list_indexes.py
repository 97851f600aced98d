"""The list of bills reads what it searches and sums from its index; it is sorted by more of them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("invoices", "0004_tenant_by_parent")]
    operations = [
        migrations.RemoveIndex(
            model_name="invoice",
            name="invoice_list_idx",
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                fields=["tenant", "-id"],
                include=(
                    "currency",
                    "total_amount",
                    "number",
                    "po_number",
                    "reference",
                    "customer",
                ),
                name="invoice_list_idx",
            ),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["tenant", "number", "id"], name="invoice_number_idx"),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["tenant", "total_amount", "id"], name="invoice_total_idx"),
        ),
    ]
