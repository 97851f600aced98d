import core.constraints
import core.fields
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


SQL = """
CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app TO duebook_app;

CREATE FUNCTION app.tenant() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT NULLIF(current_setting('app.tenant', true), '')::bigint $$;

CREATE FUNCTION app.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Only the owner of the table may erase, and only by saying so: a company that is removed.
    IF current_setting('app.erase', true) = 'on' AND TG_OP IN ('DELETE', 'TRUNCATE')
       AND pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE')
    THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% on % is refused: rows are only added', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME;
END $$;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO duebook_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO duebook_app;
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM duebook_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO duebook_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO duebook_app;
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
        migrations.CreateModel(
            name='Tenant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(unique=True)),
                ('name', models.CharField(max_length=200, verbose_name='company name')),
                ('status', models.CharField(choices=[('ACTIVE', 'Active'), ('SUSPENDED', 'Suspended')], default='ACTIVE', max_length=10)),
                ('currency', models.CharField(max_length=3, verbose_name='base currency')),
                ('time_zone', models.CharField(default='UTC', max_length=64, verbose_name='time zone')),
                ('country', models.CharField(blank=True, max_length=2, verbose_name='country')),
                ('language', models.CharField(default='en', max_length=10, verbose_name='document language')),
                ('tax_mode', models.CharField(choices=[('DOCUMENT', 'Per document and tax rate'), ('LINE', 'Per line')], default='DOCUMENT', max_length=8, verbose_name='tax rounding')),
                ('tax_id', models.CharField(blank=True, max_length=32, verbose_name='tax id')),
                ('address', models.TextField(blank=True, max_length=500, verbose_name='address')),
                ('phone', models.CharField(blank=True, max_length=40, verbose_name='phone')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='reply address')),
                ('website', models.CharField(blank=True, max_length=120, verbose_name='website')),
                ('register_line', models.CharField(blank=True, max_length=200, verbose_name='company register line')),
                ('brand_color', models.CharField(default='#1a56db', max_length=7, verbose_name='brand colour')),
                ('created_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('email', models.EmailField(max_length=254, unique=True, verbose_name='e-mail')),
                ('name', models.CharField(blank=True, max_length=120, verbose_name='name')),
                ('language', models.CharField(default='en', max_length=10, verbose_name='language')),
                ('theme', models.CharField(choices=[('auto', 'As the system'), ('light', 'Light'), ('dark', 'Dark')], default='auto', max_length=5, verbose_name='theme')),
                ('is_active', models.BooleanField(default=True)),
                ('is_operator', models.BooleanField(default=False)),
                ('date_joined', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='user_email_any_case')],
            },
        ),
        migrations.CreateModel(
            name='Job',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40)),
                ('title', models.CharField(max_length=200)),
                ('params', models.JSONField(default=dict)),
                ('filter_text', models.CharField(blank=True, max_length=300)),
                ('state', models.CharField(choices=[('QUEUED', 'Queued'), ('RUNNING', 'Running'), ('DONE', 'Done'), ('CANCELLED', 'Cancelled')], default='QUEUED', max_length=10)),
                ('created_at', models.DateTimeField()),
                ('beat_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', '-id'], name='job_list_idx')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='job_tenant_id'), core.constraints.TenantPolicy(name='job_policy')],
            },
        ),
        migrations.CreateModel(
            name='ExchangeRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('day', models.DateField(verbose_name='from')),
                ('rate', core.fields.RateField(decimal_places=9, max_digits=18, verbose_name='rate')),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='exchangerate_tenant_id'), core.constraints.TenantPolicy(name='exchangerate_policy'), models.UniqueConstraint(fields=('tenant', 'currency', 'day'), name='one_rate_per_day'), models.CheckConstraint(condition=models.Q(('rate__gt', 0)), name='exchange_rate_positive')],
            },
        ),
        migrations.CreateModel(
            name='BankAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('holder', models.CharField(max_length=200, verbose_name='account holder')),
                ('bank', models.CharField(max_length=200, verbose_name='bank')),
                ('number', models.CharField(max_length=40, verbose_name='account number or IBAN')),
                ('code', models.CharField(blank=True, max_length=20, verbose_name='BIC or CNAPS code')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='bankaccount_tenant_id'), core.constraints.TenantPolicy(name='bankaccount_policy'), models.UniqueConstraint(fields=('tenant', 'number', 'currency'), name='bank_account_once')],
            },
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.CharField(max_length=64)),
                ('subject', models.CharField(max_length=80)),
                ('subject_label', models.CharField(blank=True, max_length=120)),
                ('account_id', models.BigIntegerField(null=True)),
                ('happened_at', models.DateTimeField()),
                ('changes', models.JSONField(default=dict)),
                ('reason', models.TextField(blank=True)),
                ('request_id', models.CharField(blank=True, max_length=36)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', 'subject', '-id'], name='audit_subject_idx'), models.Index(fields=['tenant', 'account_id', '-id'], name='audit_account_idx')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='audit_tenant_id'), core.constraints.TenantPolicy(name='audit_policy'), core.constraints.AppendOnly(name='audit_append_only')],
            },
        ),
        migrations.CreateModel(
            name='StoredFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(max_length=64)),
                ('size', models.PositiveIntegerField()),
                ('content_type', models.CharField(max_length=100)),
                ('name', models.CharField(max_length=200)),
                ('created_at', models.DateTimeField()),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='storedfile_tenant_id'), core.constraints.TenantPolicy(name='storedfile_policy'), models.UniqueConstraint(fields=('tenant', 'sha256'), name='stored_file_once'), models.CheckConstraint(condition=models.Q(('size__gt', 0)), name='stored_file_not_empty')],
            },
        ),
        migrations.CreateModel(
            name='NumberSeries',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('invoice', 'Invoices'), ('receipt', 'Receipts'), ('notice', 'Reminders')], max_length=16)),
                ('year', models.PositiveSmallIntegerField()),
                ('next_number', models.PositiveIntegerField(default=1)),
                ('last_date', models.DateField(null=True)),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='numberseries_tenant_id'), core.constraints.TenantPolicy(name='numberseries_policy'), models.UniqueConstraint(fields=('tenant', 'kind', 'year'), name='one_series_per_year')],
            },
        ),
        migrations.CreateModel(
            name='NumberFormat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('invoice', 'Invoices'), ('receipt', 'Receipts'), ('notice', 'Reminders')], max_length=16)),
                ('pattern', models.CharField(max_length=40, verbose_name='pattern')),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='numberformat_tenant_id'), core.constraints.TenantPolicy(name='numberformat_policy'), models.UniqueConstraint(fields=('tenant', 'kind'), name='one_format_per_kind')],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('ADMIN', 'Admin'), ('BILLER', 'Biller'), ('APPROVER', 'Approver'), ('CASHIER', 'Cashier'), ('COLLECTOR', 'Collector'), ('MANAGER', 'Manager'), ('AUDITOR', 'Auditor')], max_length=16), size=None)),
                ('is_active', models.BooleanField(default=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='core.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'user'), name='one_membership_per_tenant'), models.CheckConstraint(condition=models.Q(('roles', []), _negated=True), name='membership_has_role')],
            },
        ),
        migrations.CreateModel(
            name='JobRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('label', models.CharField(max_length=120)),
                ('subject_id', models.BigIntegerField()),
                ('state', models.CharField(choices=[('PENDING', 'Waiting'), ('DONE', 'Done'), ('SKIPPED', 'Skipped'), ('FAILED', 'Failed')], default='PENDING', max_length=8)),
                ('message', models.CharField(blank=True, max_length=300)),
                ('finished_at', models.DateTimeField(null=True)),
                ('job', core.fields.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='core.job')),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['job', 'state', 'position'], name='jobrow_state_idx')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'id'), name='jobrow_tenant_id'), core.constraints.TenantPolicy(name='jobrow_policy'), core.constraints.CompositeFK(field='job', name='jobrow_job_tfk'), models.UniqueConstraint(fields=('tenant', 'job', 'position'), name='jobrow_position')],
            },
        ),
    ]
