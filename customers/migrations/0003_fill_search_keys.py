"""Customers that are there get what they are found by, company by company."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from core.search.keys import key_of
from core.tenancy import tenant_scope

PORTION = 1000


def fill(apps: Any, schema_editor: Any) -> None:
    customers = apps.get_model("customers", "Customer").objects
    for tenant_id in apps.get_model("core", "Tenant").objects.values_list("pk", flat=True):
        with tenant_scope(tenant_id):
            portion: list[Any] = []
            done = 0
            for row in customers.order_by("pk").iterator(PORTION):
                row.search_key = key_of(row.name, row.short_name, row.code, row.tax_id)
                portion.append(row)
                if len(portion) == PORTION:
                    done += customers.bulk_update(portion, ["search_key"])
                    portion = []
            done += customers.bulk_update(portion, ["search_key"])
            # Under row security an update without its company changes nothing, and says nothing.
            assert done == customers.count(), tenant_id


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_search_key"), ("core", "0001_initial")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
