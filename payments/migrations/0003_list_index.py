"""The list of receipts reads what it searches and sums from its index."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_tenant_by_parent")]
    operations = [
        migrations.RemoveIndex(
            model_name="receipt",
            name="receipt_list_idx",
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(
                fields=["tenant", "-received_on", "-id"],
                include=(
                    "currency",
                    "amount",
                    "number",
                    "reference",
                    "payer_name",
                    "customer",
                    "item",
                ),
                name="receipt_list_idx",
            ),
        ),
    ]
