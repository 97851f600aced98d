"""Who looks after a customer; and who sees it."""

import core.constraints
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0011_data_scope'),
        ('customers', '0003_fill_search_keys'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='customer',
            name='customer_search_idx',
        ),
        migrations.AddField(
            model_name='customer',
            name='owner',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner'),
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(fields=['tenant', 'owner', 'id'], name='customer_owner_idx'),
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(fields=['tenant', 'id'], include=('status', 'search_key', 'owner'), name='customer_search_idx'),
        ),
        migrations.AddConstraint(
            model_name='address',
            constraint=core.constraints.CustomerScope(by='visible_customers', column='customer_id', name='address_scope'),
        ),
        migrations.AddConstraint(
            model_name='contact',
            constraint=core.constraints.CustomerScope(by='visible_customers', column='customer_id', name='contact_scope'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=core.constraints.CustomerScope(by='owners', column='owner_id', name='customer_scope'),
        ),
    ]
