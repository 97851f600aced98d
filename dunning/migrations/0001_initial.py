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
        ('messaging', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Policy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('version', models.PositiveIntegerField(default=1)),
                ('is_active', models.BooleanField(default=True)),
                ('send_hour', models.PositiveSmallIntegerField(default=9, verbose_name='hour of sending')),
                ('weekdays_only', models.BooleanField(default=True, verbose_name='only Monday to Friday')),
                ('minimum_amount', core.fields.AmountField(decimal_places=4, default=0, max_digits=19, verbose_name='smallest amount to remind about')),
                ('quiet_days', models.PositiveSmallIntegerField(default=3, verbose_name='days between two reminders to one customer')),
                ('created_at', models.DateTimeField()),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='policy_tenant_id'), core.constraints.TenantPolicy(name='policy_policy'), models.UniqueConstraint(fields=('tenant', 'name', 'version'), name='policy_version'), models.UniqueConstraint(condition=models.Q(('is_active', True)), fields=('tenant',), name='one_active_policy'), models.CheckConstraint(condition=models.Q(('send_hour__lte', 23)), name='policy_hour')],
            },
        ),
        migrations.CreateModel(
            name='PolicyStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('offset_days', models.SmallIntegerField(verbose_name='days after the due date')),
                ('level', models.PositiveSmallIntegerField(verbose_name='level')),
                ('tone', models.CharField(choices=[('BEFORE_DUE', 'Friendly notice before the due date'), ('FRIENDLY', 'Friendly reminder'), ('FIRM', 'Firm reminder'), ('FINAL', 'Final reminder')], max_length=12, verbose_name='text')),
                ('policy', core.fields.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='collections.policy')),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='policystep_tenant_id'), core.constraints.TenantPolicy(name='policystep_policy'), core.constraints.CompositeFK(field='policy', name='policystep_policy_tfk'), models.UniqueConstraint(fields=('tenant', 'policy', 'offset_days'), name='one_step_per_offset')],
            },
        ),
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('run_date', models.DateField()),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('policy', core.fields.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='collections.policy')),
                ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='run_tenant_id'), core.constraints.TenantPolicy(name='run_policy'), core.constraints.CompositeFK(field='policy', name='run_policy_tfk'), models.UniqueConstraint(fields=('tenant', 'run_date'), name='one_run_per_day')],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=40)),
                ('level', models.PositiveSmallIntegerField()),
                ('created_at', models.DateTimeField()),
                ('customer', core.fields.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='customers.customer')),
                ('message', core.fields.TenantOneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='notice', to='messaging.outboundmessage')),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
                ('run', core.fields.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='collections.run')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', 'customer', '-id'], name='notice_customer_idx')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='notice_tenant_id'), core.constraints.TenantPolicy(name='notice_policy'), core.constraints.CompositeFK(field='run', name='notice_run_tfk'), core.constraints.CompositeFK(field='customer', name='notice_customer_tfk'), core.constraints.CompositeFK(field='message', name='notice_message_tfk'), models.UniqueConstraint(fields=('tenant', 'number'), name='notice_number'), models.UniqueConstraint(fields=('tenant', 'run', 'customer'), name='one_notice_per_run_and_customer')],
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('offset_days', models.SmallIntegerField()),
                ('outcome', models.CharField(choices=[('SENT', 'Sent'), ('HELD', 'Held')], max_length=4)),
                ('held_because', models.CharField(blank=True, choices=[('PAUSED', 'Reminders are paused for this customer'), ('ITEM_HOLD', 'Reminders are paused for this invoice'), ('UNUSED_CREDIT', 'The customer has unused credit that covers it'), ('NOT_OPEN', 'Nothing is open any more'), ('BELOW_MINIMUM', "The amount is below the policy's minimum"), ('NO_ADDRESS', 'No valid e-mail address for reminders'), ('TOO_SOON', 'The customer was reminded too recently'), ('UNCONFIRMED', 'The last reminder is not confirmed as sent'), ('CUSTOMER_HOLD', 'The customer is archived')], max_length=16)),
                ('open_amount', core.fields.AmountField(decimal_places=4, max_digits=19)),
                ('currency', models.CharField(max_length=3)),
                ('decided_at', models.DateTimeField()),
                ('customer', core.fields.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer')),
                ('item', core.fields.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='ledger.openitem')),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
                ('notice', core.fields.TenantForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='collections.notice')),
                ('policy', core.fields.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='collections.policy')),
                ('run', core.fields.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='collections.run')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', 'item', '-id'], name='decision_item_idx'), models.Index(fields=['tenant', 'run', 'customer'], name='decision_run_idx')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='decision_tenant_id'), core.constraints.TenantPolicy(name='decision_policy'), core.constraints.CompositeFK(field='run', name='decision_run_tfk'), core.constraints.CompositeFK(field='item', name='decision_item_tfk'), core.constraints.CompositeFK(field='customer', name='decision_customer_tfk'), core.constraints.CompositeFK(field='policy', name='decision_policy_tfk'), core.constraints.CompositeFK(field='notice', name='decision_notice_tfk'), models.UniqueConstraint(condition=models.Q(('outcome', 'SENT')), fields=('tenant', 'item', 'offset_days'), name='reminded_once_per_item_and_step'), models.UniqueConstraint(fields=('tenant', 'run', 'item', 'offset_days'), name='decided_once_per_run'), models.CheckConstraint(condition=models.Q(models.Q(('held_because', ''), ('notice__isnull', False), ('outcome', 'SENT')), models.Q(('notice__isnull', True), ('outcome', 'HELD'), models.Q(('held_because', ''), _negated=True)), _connector='OR'), name='decision_has_notice_or_reason'), core.constraints.AppendOnly(name='decision_append_only')],
            },
        ),
        migrations.CreateModel(
            name='ItemHold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('until', models.DateField(blank=True, null=True, verbose_name='until')),
                ('reason', models.CharField(max_length=200, verbose_name='reason')),
                ('created_at', models.DateTimeField()),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('item', core.fields.TenantOneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='hold', to='ledger.openitem')),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='itemhold_tenant_id'), core.constraints.TenantPolicy(name='itemhold_policy'), core.constraints.CompositeFK(field='item', name='itemhold_item_tfk')],
            },
        ),
    ]
