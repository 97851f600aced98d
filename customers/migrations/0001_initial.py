import core.constraints
import core.fields
import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='PaymentTerm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('is_default', models.BooleanField(default=False, verbose_name='default for new customers')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='paymentterm_tenant_id'), core.constraints.TenantPolicy(name='paymentterm_policy'), models.UniqueConstraint(fields=('tenant', 'name'), name='payment_term_name'), models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('tenant',), name='one_default_payment_term')],
            },
        ),
        migrations.CreateModel(
            name='Customer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=32, verbose_name='code')),
                ('name', models.CharField(max_length=200, validators=[django.core.validators.MinLengthValidator(1)], verbose_name='name')),
                ('short_name', models.CharField(blank=True, max_length=60, verbose_name='short name')),
                ('kind', models.CharField(choices=[('COMPANY', 'Company'), ('PERSON', 'Person')], default='COMPANY', max_length=8, verbose_name='kind')),
                ('status', models.CharField(choices=[('ACTIVE', 'Active'), ('ON_HOLD', 'On hold'), ('ARCHIVED', 'Archived')], default='ACTIVE', max_length=8, verbose_name='status')),
                ('tax_id', models.CharField(blank=True, max_length=32, verbose_name='tax id')),
                ('country', models.CharField(blank=True, max_length=2, verbose_name='country')),
                ('language', models.CharField(default='en', max_length=10, verbose_name='document language')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('payment_method', models.CharField(choices=[('TRANSFER', 'Bank transfer'), ('CASH', 'Cash'), ('CHEQUE', 'Cheque'), ('ACCEPTANCE', 'Acceptance bill'), ('CARD', 'Card'), ('OTHER', 'Other')], default='TRANSFER', max_length=10, verbose_name='usual payment method')),
                ('credit_limit', core.fields.AmountField(blank=True, decimal_places=4, max_digits=19, null=True, verbose_name='credit limit')),
                ('channel', models.CharField(choices=[('EMAIL', 'E-mail with PDF'), ('PRINT', 'By post, printed here')], default='EMAIL', max_length=8, verbose_name='bills go by')),
                ('po_required', models.BooleanField(default=False, verbose_name='purchase order number required')),
                ('reminders_paused', models.BooleanField(default=False, verbose_name='reminders paused')),
                ('reminders_paused_until', models.DateField(blank=True, null=True, verbose_name='paused until')),
                ('reminders_paused_reason', models.CharField(blank=True, max_length=200, verbose_name='why paused')),
                ('note', models.TextField(blank=True, max_length=2000, verbose_name='internal note')),
                ('external_key', models.CharField(blank=True, max_length=80)),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField()),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
                ('terms', core.fields.TenantForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.paymentterm', verbose_name='payment terms')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', 'name', 'id'], name='customer_name_idx')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='customer_tenant_id'), core.constraints.TenantPolicy(name='customer_policy'), core.constraints.CompositeFK(field='terms', name='customer_terms_tfk'), models.UniqueConstraint(fields=('tenant', 'code'), name='customer_code'), models.UniqueConstraint(condition=models.Q(('external_key', ''), _negated=True), fields=('tenant', 'external_key'), name='customer_external_key'), models.CheckConstraint(condition=models.Q(('credit_limit__isnull', True), ('credit_limit__gte', 0), _connector='OR'), name='customer_credit_limit'), models.CheckConstraint(condition=models.Q(models.Q(('name', ''), _negated=True), models.Q(('code', ''), _negated=True)), name='customer_has_name')],
            },
        ),
        migrations.CreateModel(
            name='PaymentTermPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=1)),
                ('weight', models.PositiveIntegerField(default=100, verbose_name='share')),
                ('months', models.PositiveSmallIntegerField(default=0, verbose_name='months')),
                ('days', models.PositiveSmallIntegerField(default=0, verbose_name='days')),
                ('end_of_month', models.BooleanField(default=False, verbose_name='from the end of the month')),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
                ('term', core.fields.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='customers.paymentterm')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='paymenttermpart_tenant_id'), core.constraints.TenantPolicy(name='paymenttermpart_policy'), core.constraints.CompositeFK(field='term', name='paymenttermpart_term_tfk'), models.UniqueConstraint(fields=('tenant', 'term', 'position'), name='term_position'), models.CheckConstraint(condition=models.Q(('weight__gt', 0)), name='term_weight_positive')],
            },
        ),
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                ('phone', models.CharField(blank=True, max_length=40, verbose_name='phone')),
                ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('BILLING', 'Invoices'), ('PAYER', 'Reminders'), ('SIGNATORY', 'Statements'), ('DECISION', 'Decisions'), ('LEGAL', 'Legal')], max_length=10), blank=True, default=list, size=None, verbose_name='receives')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('bounced_at', models.DateTimeField(blank=True, null=True)),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
                ('customer', core.fields.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='contacts', to='customers.customer')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='contact_tenant_id'), core.constraints.TenantPolicy(name='contact_policy'), core.constraints.CompositeFK(field='customer', name='contact_customer_tfk')],
            },
        ),
        migrations.CreateModel(
            name='Address',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('REGISTERED', 'Registered address'), ('BILLING', 'Billing address'), ('DELIVERY', 'Delivery address')], max_length=10, verbose_name='kind')),
                ('text', models.TextField(max_length=500, verbose_name='address')),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
                ('customer', core.fields.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='addresses', to='customers.customer')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='address_tenant_id'), core.constraints.TenantPolicy(name='address_policy'), core.constraints.CompositeFK(field='customer', name='address_customer_tfk'), models.UniqueConstraint(fields=('tenant', 'customer', 'kind'), name='one_address_per_kind')],
            },
        ),
    ]
