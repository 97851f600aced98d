"""The logos of a company; a bill names the one it was issued with."""

import django.db.models.deletion
from django.db import migrations, models

import core.constraints
import core.fields


class Migration(migrations.Migration):
    dependencies = [("core", "0009_beginnings")]
    operations = [
        migrations.CreateModel(
            name="Logo",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("width", models.PositiveSmallIntegerField()),
                ("height", models.PositiveSmallIntegerField()),
                ("is_current", models.BooleanField(default=True, verbose_name="in use")),
                ("created_at", models.DateTimeField()),
                (
                    "file",
                    core.fields.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.storedfile",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.tenant",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "id"), name="logo_tenant_id"),
                    core.constraints.TenantPolicy(name="logo_policy"),
                    core.constraints.CompositeFK(field="file", name="logo_file_tfk"),
                    models.UniqueConstraint(
                        condition=models.Q(("is_current", True)),
                        fields=("tenant",),
                        name="one_logo_in_use",
                    ),
                ],
            },
        ),
    ]
