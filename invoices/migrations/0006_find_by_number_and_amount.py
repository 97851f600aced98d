"""Bills are found by the beginning of number, order and reference, and by their total."""

from django.db import migrations, models
from django.db.models.functions import Collate

import core.fields


class Migration(migrations.Migration):
    dependencies = [("invoices", "0005_list_indexes")]
    operations = [
        migrations.AddField(
            model_name="invoice",
            name="total_thousandths",
            field=core.fields.ThousandthsField(of="total_amount"),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                models.F("tenant"), Collate("number", "C"), name="invoice_find_number_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                models.F("tenant"),
                Collate("po_number", "C"),
                condition=models.Q(("po_number", ""), _negated=True),
                name="invoice_find_order_idx",
            ),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                models.F("tenant"),
                Collate("reference", "C"),
                condition=models.Q(("reference", ""), _negated=True),
                name="invoice_find_reference_idx",
            ),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                fields=["tenant", "total_thousandths", "id"], name="invoice_find_total_idx"
            ),
        ),
    ]
