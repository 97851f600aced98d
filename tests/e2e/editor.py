"""A company to write bills in, and what is in its database afterwards."""

from __future__ import annotations

from decimal import Decimal

from core.models import Membership, Tenant, User
from core.roles import Role
from core.tenancy import tenant_scope
from customers.models import Customer
from customers.operations import CustomerDraft, create_customer
from invoices.models import Invoice
from tests.conftest import NOON, make_tenant
from tests.e2e.conftest import PASSWORD
from tests.factories import ProductFactory, TaxCodeFactory
from tests.invoices.helpers import draft, line


def company() -> Tenant:
    tenant = make_tenant("yuanfan", name="Yuanfan")
    for role in (Role.ADMIN, Role.BILLER):
        person = User.objects.create_user(f"{role.lower()}@yuanfan.test", PASSWORD)
        Membership.objects.create(tenant=tenant, user=person, roles=[role])
    with tenant_scope(tenant.pk):
        for name in ("上海科技有限公司", "Donghai Trading"):
            create_customer(draft=CustomerDraft(name=name), at=NOON, actor=person)
        code = TaxCodeFactory(is_default=True, rate=Decimal("0.13"))
        for product, name, price in (("CON", "咨询服务", "800"), ("TRA", "Travel", "120.50")):
            ProductFactory(
                code=product, name=name, unit="h", unit_price=Decimal(price), tax_code=code
            )
    return tenant


def bill_with(tenant: Tenant, *texts: str) -> Invoice:
    """Write a draft with one line of each text."""
    with tenant_scope(tenant.pk):
        customer = Customer.objects.order_by("pk").first()
        return draft(None, customer=customer, lines=[line("3", description=one) for one in texts])


def saved(tenant: Tenant) -> Invoice:
    with tenant_scope(tenant.pk):
        return Invoice.objects.get()


def lines_of(tenant: Tenant) -> list[tuple[str, Decimal, Decimal]]:
    with tenant_scope(tenant.pk):
        rows = Invoice.objects.get().lines.order_by("position")
        return list(rows.values_list("description", "quantity", "unit_price"))
