"""Reminders are shown to who sees their customer."""

import core.constraints
from django.conf import settings
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('collections', '0001_initial'),
        ('core', '0011_data_scope'),
        ('customers', '0004_data_scope'),
        ('ledger', '0006_data_scope'),
        ('messaging', '0006_data_scope'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='decision',
            constraint=core.constraints.CustomerScope(by='visible_customers', column='customer_id', name='decision_scope'),
        ),
        migrations.AddConstraint(
            model_name='itemhold',
            constraint=core.constraints.CustomerScope(by='visible_items', column='item_id', name='itemhold_scope'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=core.constraints.CustomerScope(by='visible_customers', column='customer_id', name='notice_scope'),
        ),
    ]
