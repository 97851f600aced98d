"""Receipts are found by the beginning of number and reference, and by their amount."""

from django.db import migrations, models
from django.db.models.functions import Collate

import core.fields


class Migration(migrations.Migration):
    dependencies = [("payments", "0003_list_index")]
    operations = [
        migrations.AddField(
            model_name="receipt",
            name="amount_thousandths",
            field=core.fields.ThousandthsField(of="amount"),
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(
                models.F("tenant"), Collate("number", "C"), name="receipt_find_number_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(
                models.F("tenant"),
                Collate("reference", "C"),
                condition=models.Q(("reference", ""), _negated=True),
                name="receipt_find_reference_idx",
            ),
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(
                fields=["tenant", "amount_thousandths", "id"], name="receipt_find_amount_idx"
            ),
        ),
    ]
