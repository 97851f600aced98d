"""What is typed into the editor and cannot be saved as a draft yet."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.constraints
import core.fields


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0006_file_imports"),
        ("invoices", "0008_discount_rules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="TypedBill",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token", models.UUIDField()),
                ("version", models.PositiveIntegerField(null=True)),
                ("fields", models.JSONField(default=dict)),
                ("kept_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="typedbill",
            name="invoice",
            field=core.fields.TenantForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="typed",
                to="invoices.invoice",
            ),
        ),
        migrations.AddField(
            model_name="typedbill",
            name="tenant",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="core.tenant",
            ),
        ),
        migrations.AddField(
            model_name="typedbill",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="typedbill",
            index=models.Index(fields=["tenant", "user", "-kept_at"], name="typedbill_latest_idx"),
        ),
        migrations.AddConstraint(
            model_name="typedbill",
            constraint=models.UniqueConstraint(fields=("tenant", "id"), name="typedbill_tenant_id"),
        ),
        migrations.AddConstraint(
            model_name="typedbill",
            constraint=core.constraints.TenantPolicy(name="typedbill_policy"),
        ),
        migrations.AddConstraint(
            model_name="typedbill",
            constraint=core.constraints.CompositeFK(field="invoice", name="typedbill_invoice_tfk"),
        ),
        migrations.AddConstraint(
            model_name="typedbill",
            constraint=models.UniqueConstraint(
                condition=models.Q(("invoice__isnull", True)),
                fields=("tenant", "user", "token"),
                name="typedbill_new",
            ),
        ),
        migrations.AddConstraint(
            model_name="typedbill",
            constraint=models.UniqueConstraint(
                condition=models.Q(("invoice__isnull", False)),
                fields=("tenant", "user", "invoice"),
                name="typedbill_of_invoice",
            ),
        ),
    ]
