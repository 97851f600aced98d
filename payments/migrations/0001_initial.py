import core.constraints
import core.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        ('core', '__first__'),
        ('customers', '0001_initial'),
        ('ledger', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=40, verbose_name='number')),
                ('state', models.CharField(choices=[('POSTED', 'Posted'), ('REVERSED', 'Reversed')], default='POSTED', max_length=8)),
                ('received_on', models.DateField(verbose_name='received on')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('amount', core.fields.AmountField(decimal_places=4, max_digits=19, verbose_name='amount')),
                ('method', models.CharField(choices=[('TRANSFER', 'Bank transfer'), ('CASH', 'Cash'), ('CHEQUE', 'Cheque'), ('ACCEPTANCE', 'Acceptance bill'), ('CARD', 'Card'), ('OTHER', 'Other')], default='TRANSFER', max_length=10, verbose_name='method')),
                ('payer_name', models.CharField(blank=True, max_length=200, verbose_name='payer')),
                ('reference', models.CharField(blank=True, max_length=140, verbose_name='reference')),
                ('note', models.TextField(blank=True, max_length=1000, verbose_name='internal note')),
                ('external_key', models.CharField(blank=True, max_length=80)),
                ('created_at', models.DateTimeField()),
                ('reversed_at', models.DateTimeField(null=True)),
                ('reversal_reason', models.CharField(blank=True, max_length=300)),
                ('bank_account', core.fields.TenantForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.bankaccount', verbose_name='received on account')),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('customer', core.fields.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='receipts', to='customers.customer', verbose_name='customer')),
                ('item', core.fields.TenantOneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='receipt', to='ledger.openitem')),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', '-received_on', '-id'], name='receipt_list_idx'), models.Index(fields=['tenant', 'customer', '-id'], name='receipt_customer_idx')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='receipt_tenant_id'), core.constraints.TenantPolicy(name='receipt_policy'), core.constraints.CompositeFK(field='customer', name='receipt_customer_tfk'), core.constraints.CompositeFK(field='bank_account', name='receipt_bank_account_tfk'), core.constraints.CompositeFK(field='item', name='receipt_item_tfk'), models.UniqueConstraint(fields=('tenant', 'number'), name='receipt_number'), models.UniqueConstraint(condition=models.Q(('external_key', ''), _negated=True), fields=('tenant', 'external_key'), name='receipt_external_key'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='receipt_positive'), models.CheckConstraint(condition=models.Q(models.Q(('reversed_at__isnull', True), ('state', 'POSTED')), models.Q(('reversed_at__isnull', False), ('state', 'REVERSED'), models.Q(('reversal_reason', ''), _negated=True)), _connector='OR'), name='receipt_reversed_has_reason')],
            },
        ),
    ]
