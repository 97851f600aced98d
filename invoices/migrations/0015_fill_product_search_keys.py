"""Products that are there get what they are found by, company by company."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from core.search.keys import key_of
from core.tenancy import tenant_scope

PORTION = 1000


def fill(apps: Any, schema_editor: Any) -> None:
    products = apps.get_model("invoices", "Product").objects
    for tenant_id in apps.get_model("core", "Tenant").objects.values_list("pk", flat=True):
        with tenant_scope(tenant_id):
            portion: list[Any] = []
            done = 0
            for row in products.order_by("pk").iterator(PORTION):
                row.search_key = key_of(row.code, row.name)
                portion.append(row)
                if len(portion) == PORTION:
                    done += products.bulk_update(portion, ["search_key"])
                    portion = []
            done += products.bulk_update(portion, ["search_key"])
            # Under row security an update without its company changes nothing, and says nothing.
            assert done == products.count(), tenant_id


class Migration(migrations.Migration):
    dependencies = [("invoices", "0014_product_search_key"), ("core", "0001_initial")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
