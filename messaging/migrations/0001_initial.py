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
    ]

    operations = [
        migrations.CreateModel(
            name='OutboundMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('EMAIL', 'E-mail')], default='EMAIL', max_length=8)),
                ('kind', models.CharField(choices=[('INVOICE', 'Invoice'), ('REMINDER', 'Reminder'), ('PASSWORD', 'Invitation')], max_length=12)),
                ('dedupe_key', models.CharField(max_length=160)),
                ('message_id', models.CharField(max_length=120, unique=True)),
                ('about', models.CharField(max_length=80)),
                ('account_id', models.BigIntegerField(null=True)),
                ('to_address', models.EmailField(max_length=254)),
                ('to_name', models.CharField(blank=True, max_length=120)),
                ('reply_to', models.EmailField(blank=True, max_length=254)),
                ('from_name', models.CharField(blank=True, max_length=200)),
                ('language', models.CharField(default='en', max_length=10)),
                ('subject', models.CharField(max_length=250)),
                ('body_text', models.TextField()),
                ('body_html', models.TextField(blank=True)),
                ('placeholders', models.JSONField(default=dict)),
                ('state', models.CharField(choices=[('QUEUED', 'Waiting to be sent'), ('CLAIMED', 'Being sent'), ('TRANSMITTING', 'Being handed over'), ('ACCEPTED', 'Sent'), ('DELIVERED', 'Delivered'), ('BOUNCED', 'Bounced'), ('UNCONFIRMED', 'Not confirmed'), ('FAILED', 'Refused'), ('CANCELLED', 'Cancelled'), ('HELD', 'Held back')], default='QUEUED', max_length=12)),
                ('held_reason', models.CharField(blank=True, max_length=300)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_attempt_at', models.DateTimeField()),
                ('lease_until', models.DateTimeField(null=True)),
                ('worker', models.CharField(blank=True, max_length=64)),
                ('created_at', models.DateTimeField()),
                ('accepted_at', models.DateTimeField(null=True)),
                ('last_error', models.CharField(blank=True, max_length=500)),
                ('resolved_at', models.DateTimeField(null=True)),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'QUEUED')), fields=['next_attempt_at', 'id'], name='outbound_due_idx'), models.Index(condition=models.Q(('state__in', ('CLAIMED', 'TRANSMITTING'))), fields=['lease_until'], name='outbound_lease_idx'), models.Index(fields=['tenant', 'account_id', '-id'], name='outbound_account_idx'), models.Index(fields=['tenant', 'about'], name='outbound_about_idx'), models.Index(fields=['tenant', '-id'], name='outbound_list_idx'), models.Index(condition=models.Q(('resolved_at__isnull', True), ('state__in', ('BOUNCED', 'FAILED', 'UNCONFIRMED'))), fields=['tenant', '-id'], name='outbound_undecided_idx')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='outbound_tenant_id'), core.constraints.TenantPolicy(name='outbound_policy'), core.constraints.OwnerMayRoute(name='outbound_routing'), models.UniqueConstraint(fields=('tenant', 'dedupe_key'), name='outbound_dedupe'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('ACCEPTED', 'DELIVERED')), _negated=True), ('accepted_at__isnull', False), _connector='OR'), name='outbound_accepted_has_time'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('CLAIMED', 'TRANSMITTING')), _negated=True), ('lease_until__isnull', False), _connector='OR'), name='outbound_running_has_lease'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'HELD'), _negated=True), models.Q(('held_reason', ''), _negated=True), _connector='OR'), name='outbound_held_has_reason')],
            },
        ),
        migrations.CreateModel(
            name='MessageEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('QUEUED', 'Waiting to be sent'), ('CLAIMED', 'Being sent'), ('TRANSMITTING', 'Being handed over'), ('ACCEPTED', 'Sent'), ('DELIVERED', 'Delivered'), ('BOUNCED', 'Bounced'), ('UNCONFIRMED', 'Not confirmed'), ('FAILED', 'Refused'), ('CANCELLED', 'Cancelled'), ('HELD', 'Held back')], max_length=12)),
                ('happened_at', models.DateTimeField()),
                ('detail', models.CharField(blank=True, max_length=500)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
                ('message', core.fields.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='messaging.outboundmessage')),
            ],
            options={
                'indexes': [models.Index(fields=['message', 'id'], name='messageevent_idx')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='messageevent_tenant_id'), core.constraints.TenantPolicy(name='messageevent_policy'), core.constraints.CompositeFK(field='message', name='messageevent_message_tfk'), core.constraints.AppendOnly(name='messageevent_append_only')],
            },
        ),
        migrations.CreateModel(
            name='MessageAttachment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('file', core.fields.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.storedfile')),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
                ('message', core.fields.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='attachments', to='messaging.outboundmessage')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='attachment_tenant_id'), core.constraints.TenantPolicy(name='attachment_policy'), core.constraints.CompositeFK(field='message', name='attachment_message_tfk'), core.constraints.CompositeFK(field='file', name='attachment_file_tfk')],
            },
        ),
    ]
