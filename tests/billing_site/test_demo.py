"""The demonstration is made through the operations, and its books are in order."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from billing_site.demo.data import COMPANIES, credit_code
from core.models import Membership, Tenant
from core.tenancy import tenant_scope
from customers.tax_ids import checked_customer_tax_id
from invoices.models import Invoice
from ledger.models import OpenItem
from messaging.models import OutboundMessage


def test_credit_codes_are_valid() -> None:
    for company in COMPANIES:
        for customer in company.customers:
            if customer.country == "CN":
                assert (
                    checked_customer_tax_id(customer.tax_id, country="CN", kind="COMPANY")
                    == customer.tax_id
                )
    assert credit_code("310115", "MA1K3HN8").startswith("91310115MA1K3HN8")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_demonstration_has_something_of_everything() -> None:
    call_command("demo", "--if-empty", stdout=StringIO())

    for company in COMPANIES:
        tenant = Tenant.objects.get(slug=company.slug)
        with tenant_scope(tenant.pk):
            states = set(Invoice.objects.values_list("state", flat=True))
            assert len(states) == 6
            mails = set(OutboundMessage.objects.values_list("state", flat=True))
            assert {"ACCEPTED", "BOUNCED", "FAILED", "UNCONFIRMED", "QUEUED"} <= mails
            today = tenant.day_of(timezone.now())
            debts = OpenItem.objects.open().debts().filter(currency=tenant.currency)
            late = [(today - due).days for due in debts.values_list("due_date", flat=True)]
            for first, last in ((-999, 0), (1, 30), (31, 60), (61, 90), (91, 999)):
                assert any(first <= days <= last for days in late), (company.slug, first)
    assert Membership.objects.count() == 14
    output = StringIO()
    call_command("check_books", stdout=output)
    assert "BROKEN" not in output.getvalue()
    call_command("demo", "--if-empty", stdout=StringIO())
    assert Tenant.objects.count() == 2
