"""Receipts are shown to who sees their customer."""

import core.constraints
from django.conf import settings
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0011_data_scope'),
        ('customers', '0004_data_scope'),
        ('ledger', '0006_data_scope'),
        ('payments', '0004_find_by_number_and_amount'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='receipt',
            constraint=core.constraints.CustomerScope(by='visible_customers', column='customer_id', name='receipt_scope'),
        ),
    ]
