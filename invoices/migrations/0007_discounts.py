"""A discount in per cent on the bill, and one by amount on a line."""

from django.db import migrations

import core.fields


class Migration(migrations.Migration):
    dependencies = [("invoices", "0006_find_by_number_and_amount")]
    operations = [
        migrations.AddField(
            model_name="invoice",
            name="discount_percent",
            field=core.fields.RateField(
                db_default=0, decimal_places=9, default=0, max_digits=18, verbose_name="discount %"
            ),
        ),
        migrations.AddField(
            model_name="invoiceline",
            name="discount_amount",
            field=core.fields.AmountField(
                db_default=0, decimal_places=4, default=0, max_digits=19, verbose_name="discount"
            ),
        ),
    ]
