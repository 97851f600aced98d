import core.constraints
import core.fields
import django.contrib.postgres.constraints
import django.db.models.deletion
import ledger.models.period
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        ('core', '__first__'),
        ('customers', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Allocation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', core.fields.AmountField(decimal_places=4, max_digits=19)),
                ('effective_date', models.DateField()),
                ('recorded_at', models.DateTimeField()),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
                ('undoes', core.fields.TenantForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='undone_by', to='ledger.allocation')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='allocation_tenant_id'), core.constraints.TenantPolicy(name='allocation_policy'), core.constraints.CompositeFK(field='undoes', name='allocation_undoes_tfk'), models.UniqueConstraint(fields=('tenant', 'undoes'), name='allocation_undone_once'), core.constraints.AppendOnly(name='allocation_append_only')],
            },
        ),
        migrations.CreateModel(
            name='Journal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('INVOICE', 'Invoice issued'), ('INVOICE_VOID', 'Invoice voided'), ('CREDIT_NOTE', 'Credit note'), ('RECEIPT', 'Receipt'), ('RECEIPT_REVERSED', 'Receipt reversed'), ('REFUND', 'Refund'), ('WRITE_OFF', 'Bad debt written off'), ('RECOVERY', 'Bad debt recovered'), ('SMALL_DIFFERENCE', 'Small difference'), ('FEE', 'Fee'), ('FX_DIFFERENCE', 'Exchange difference')], max_length=16)),
                ('reference', models.CharField(max_length=60)),
                ('effective_date', models.DateField()),
                ('recorded_at', models.DateTimeField()),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('customer', core.fields.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer')),
                ('reverses', core.fields.TenantForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.journal')),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', 'effective_date', 'id'], name='journal_day_idx')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='journal_tenant_id'), core.constraints.TenantPolicy(name='journal_policy'), core.constraints.CompositeFK(field='customer', name='journal_customer_tfk'), core.constraints.CompositeFK(field='reverses', name='journal_reverses_tfk'), models.UniqueConstraint(fields=('tenant', 'reverses'), name='journal_reversed_once'), core.constraints.AppendOnly(name='journal_append_only')],
            },
        ),
        migrations.CreateModel(
            name='JournalLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.CharField(choices=[('RECEIVABLE', 'Receivables'), ('REVENUE', 'Revenue'), ('TAX', 'Output tax'), ('BANK', 'Bank and cash'), ('BANK_FEE', 'Bank charges'), ('BAD_DEBT', 'Bad debts'), ('FX_DIFFERENCE', 'Exchange differences'), ('SMALL_DIFFERENCE', 'Small differences'), ('OPENING', 'Opening balances')], max_length=16)),
                ('currency', models.CharField(max_length=3)),
                ('amount', core.fields.AmountField(decimal_places=4, max_digits=19)),
                ('base_amount', core.fields.AmountField(decimal_places=4, max_digits=19, null=True)),
                ('journal', core.fields.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='ledger.journal')),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='journalline_tenant_id'), core.constraints.TenantPolicy(name='journalline_policy'), core.constraints.CompositeFK(field='journal', name='journalline_journal_tfk'), models.CheckConstraint(condition=models.Q(models.Q(('amount', 0), _negated=True), models.Q(('base_amount__isnull', False), models.Q(('base_amount', 0), _negated=True)), _connector='OR'), name='journalline_says_something'), core.constraints.AppendOnly(name='journalline_append_only')],
            },
        ),
        migrations.CreateModel(
            name='OpenItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('INSTALMENT', 'Invoice'), ('CHARGE', 'Fee or interest'), ('OPENING', 'Opening balance'), ('RECEIPT', 'Receipt'), ('CREDIT_NOTE', 'Credit note')], max_length=12)),
                ('label', models.CharField(max_length=60, verbose_name='document')),
                ('currency', models.CharField(max_length=3)),
                ('amount', core.fields.AmountField(decimal_places=4, max_digits=19)),
                ('open_amount', core.fields.AmountField(decimal_places=4, default=0, max_digits=19)),
                ('base_open', core.fields.AmountField(decimal_places=4, max_digits=19, null=True)),
                ('issue_date', models.DateField()),
                ('due_date', models.DateField()),
                ('last_effective', models.DateField(null=True)),
                ('closed_on', models.DateField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('customer', core.fields.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='open_items', to='customers.customer')),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('closed_on__isnull', True)), fields=['tenant', 'currency', 'customer', 'due_date'], include=('open_amount', 'issue_date', 'amount'), name='openitem_open_idx'), models.Index(fields=['tenant', 'customer', 'issue_date', 'id'], name='openitem_customer_idx'), models.Index(condition=models.Q(('amount__gt', 0), ('closed_on__isnull', True)), fields=['tenant', 'due_date', 'id'], name='openitem_due_idx'), models.Index(fields=['tenant', 'closed_on'], name='openitem_closed_idx')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='openitem_tenant_id'), core.constraints.TenantPolicy(name='openitem_policy'), core.constraints.CompositeFK(field='customer', name='openitem_customer_tfk'), models.CheckConstraint(condition=models.Q(models.Q(('amount__gt', 0), ('open_amount__gte', 0), ('open_amount__lte', models.F('amount'))), models.Q(('amount__lt', 0), ('open_amount__gte', models.F('amount')), ('open_amount__lte', 0)), _connector='OR'), name='openitem_open_between_0_and_amount')],
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', core.fields.AmountField(decimal_places=4, max_digits=19)),
                ('base_amount', core.fields.AmountField(decimal_places=4, max_digits=19, null=True)),
                ('effective_date', models.DateField()),
                ('recorded_at', models.DateTimeField()),
                ('allocation', core.fields.TenantForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='ledger.allocation')),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
                ('journal', core.fields.TenantForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='ledger.journal')),
                ('item', core.fields.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='ledger.openitem')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', 'item', 'effective_date'], include=('amount', 'recorded_at'), name='entry_item_idx'), models.Index(fields=['tenant', 'effective_date', 'item'], name='entry_day_idx')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='entry_tenant_id'), core.constraints.TenantPolicy(name='entry_policy'), core.constraints.CompositeFK(field='item', name='entry_item_tfk'), core.constraints.CompositeFK(field='journal', name='entry_journal_tfk'), core.constraints.CompositeFK(field='allocation', name='entry_allocation_tfk'), models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='entry_not_zero'), models.CheckConstraint(condition=models.Q(models.Q(('allocation__isnull', True), ('journal__isnull', False)), models.Q(('allocation__isnull', False), ('journal__isnull', True)), _connector='OR'), name='entry_has_one_cause'), core.constraints.AppendOnly(name='entry_append_only')],
            },
        ),
        migrations.AddField(
            model_name='allocation',
            name='credit_item',
            field=core.fields.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='allocations_out', to='ledger.openitem'),
        ),
        migrations.AddField(
            model_name='allocation',
            name='debit_item',
            field=core.fields.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='allocations_in', to='ledger.openitem'),
        ),
        migrations.CreateModel(
            name='Period',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_day', models.DateField()),
                ('last_day', models.DateField()),
                ('is_closed', models.BooleanField(default=True)),
                ('changed_at', models.DateTimeField()),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('changed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='period_tenant_id'), core.constraints.TenantPolicy(name='period_policy'), models.CheckConstraint(condition=models.Q(('first_day__lte', models.F('last_day'))), name='period_days_in_order'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('tenant', '='), (ledger.models.period.DateRange('first_day', 'last_day', models.Value('[]')), '&&')], name='periods_do_not_overlap')],
            },
        ),
        migrations.AddConstraint(
            model_name='allocation',
            constraint=core.constraints.CompositeFK(field='credit_item', name='allocation_credit_item_tfk'),
        ),
        migrations.AddConstraint(
            model_name='allocation',
            constraint=core.constraints.CompositeFK(field='debit_item', name='allocation_debit_item_tfk'),
        ),
        migrations.AddConstraint(
            model_name='allocation',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='allocation_positive'),
        ),
    ]
