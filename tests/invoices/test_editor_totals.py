"""The editor of a draft without tax rows shows its totals instead of failing."""

from __future__ import annotations

import pytest
from django.test import Client

from core.models import Tenant, User
from core.tenancy import tenant_scope
from tests.factories import InvoiceFactory


@pytest.mark.django_db
def test_a_draft_without_taxes_can_be_edited(
    client: Client, members: dict[str, User], tenant: Tenant
) -> None:
    with tenant_scope(tenant.pk):
        draft = InvoiceFactory()
    client.force_login(members["BILLER"])

    answer = client.get(f"/t/{tenant.slug}/invoices/{draft.pk}/edit/")

    assert answer.status_code == 200
