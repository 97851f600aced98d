"""Adding and changing a customer by page: nothing typed is lost."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from core.models import AuditEntry
from core.tenancy import tenant_scope
from customers import operations
from customers.models import Contact, Customer
from customers.operations import ContactDraft, CustomerDraft
from tests.conftest import NOON
from tests.customers.pages import form_of, make, text, url
from tests.factories import CustomerFactory, PaymentTermFactory


def contact(n: int, **values) -> dict[str, object]:
    return {f"contacts-{n}-{name}": value for name, value in values.items()}


def test_a_customer_is_added_with_contacts_and_addresses(as_admin, tenant):
    data = form_of(as_admin.get(url("new/")))
    data |= {
        "name": "Acme",
        "country": "CN",
        "tax_id": "91350100M000100Y43",
        "credit_limit": "1,000.00",
        "billing_address": "Street 1",
    }
    data |= contact(
        0, name="Li Na", email="li@acme.test", roles=["BILLING", "PAYER"], is_active="on"
    )

    response = as_admin.post(url("new/"), data)

    with tenant_scope(tenant.pk):
        customer = Customer.objects.get()
        assert response["Location"] == url(f"{customer.pk}/")
        assert (customer.code, customer.currency, customer.credit_limit) == ("C00001", "CNY", 1000)
        assert customer.contacts.get().roles == ["BILLING", "PAYER"]
        assert customer.addresses.get().text == "Street 1"

    assert as_admin.post(url("new/"), data)["Location"] == url(f"{customer.pk}/")
    with tenant_scope(tenant.pk):
        assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", "", "required"),
        ("credit_limit", "NaN", "amount"),
        ("credit_limit", "-1", "credit limit"),
        ("tax_id", "91350100M000100Y4Z", "social credit code"),
        ("code", "TAKEN", "has this code"),
        ("contacts-0-email", "no mail", "valid email"),
        ("currency", "XXX", "valid choice"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(as_admin, tenant, field, value, message):
    make(tenant, "Other", code="TAKEN")
    data = form_of(as_admin.get(url("new/")))
    data |= {"name": "Acme", "country": "CN", "note": "Typed note"} | contact(0, name="Li Na")
    data[field] = value

    response = as_admin.post(url("new/"), data)

    assert response.status_code == 422
    assert message in text(response)
    page = response.content.decode()
    assert page.count("form-errors") == 1
    assert "Typed note" in page
    assert 'value="Li Na"' in page
    data |= {field: "Fine" if field == "name" else "", "currency": "CNY"}
    assert as_admin.post(url("new/"), data).status_code == 302


def test_a_possible_duplicate_is_shown_with_a_link_and_can_be_saved(as_admin, tenant):
    there = make(tenant, "ACME Ltd", code="X1", tax_id="12345")
    data = form_of(as_admin.get(url("new/"))) | {"name": "acme ltd", "country": "US"}

    response = as_admin.post(url("new/"), data)
    assert response.status_code == 422
    assert url(f"{there.pk}/") in response.content.decode()
    same_tax_id = data | {"name": "Quite Other", "tax_id": "12345"}
    assert as_admin.post(url("new/"), same_tax_id).status_code == 422

    assert as_admin.post(url("new/"), data | {"same_anyway": "on"}).status_code == 302


def test_an_edit_changes_what_was_changed(as_admin, tenant):
    with tenant_scope(tenant.pk):
        customer = operations.create_customer(
            draft=CustomerDraft("Acme", credit_limit=Decimal(3000)),
            contacts=[ContactDraft("Li Na", "li@acme.test"), ContactDraft("Bob")],
            addresses={"BILLING": "Street 1\nTown"},
            at=NOON,
            actor=None,
        )
    data = form_of(as_admin.get(url(f"{customer.pk}/edit/")))

    assert as_admin.post(url(f"{customer.pk}/edit/"), data).status_code == 302
    with tenant_scope(tenant.pk):
        assert Customer.objects.get().version == 1  # nothing was changed, so nothing is

    data |= {"note": "New"} | contact(1, DELETE="on")
    data |= contact(2, name="Eva", email="eva@acme.test", roles=["LEGAL"], is_active="on")
    assert as_admin.post(url(f"{customer.pk}/edit/"), data).status_code == 302
    with tenant_scope(tenant.pk):
        customer = Customer.objects.get()
        assert (customer.note, customer.version) == ("New", 2)
        assert sorted(customer.contacts.values_list("name", flat=True)) == ["Eva", "Li Na"]
        entry = AuditEntry.objects.get(event="customer.changed")
        assert entry.changes == {"note": ["", "New"]}


def test_a_limit_is_not_taken_into_another_currency(as_admin, tenant):
    customer = make(tenant, "Acme", credit_limit=Decimal(5000))
    data = form_of(as_admin.get(url(f"{customer.pk}/edit/"))) | {"currency": "USD"}

    refused = as_admin.post(url(f"{customer.pk}/edit/"), data)
    assert refused.status_code == 422
    assert "credit_limit" in refused.context["form"].errors

    assert (
        as_admin.post(url(f"{customer.pk}/edit/"), data | {"credit_limit": ""}).status_code == 302
    )
    with tenant_scope(tenant.pk):
        customer = Customer.objects.get()
        assert (customer.currency, customer.credit_limit) == ("USD", None)


def test_the_second_editor_sees_both_and_may_save_knowingly(as_admin, tenant, members):
    customer = make(tenant, "Acme", note="Old")
    data = form_of(as_admin.get(url(f"{customer.pk}/edit/")))
    with tenant_scope(tenant.pk):
        operations.update_customer(
            customer=customer,
            version=1,
            changes={"note": "Hers", "payment_method": "CASH"},
            contacts=[ContactDraft("Her contact")],
            at=NOON,
            actor=members["BILLER"],
        )

    data |= {"note": "Mine"} | contact(0, name="My contact")
    response = as_admin.post(url(f"{customer.pk}/edit/"), data)

    assert response.status_code == 422
    shown = text(response)
    assert "biller@acme.test" in shown
    assert re.search(r"Internal note Mine Hers", shown)
    assert re.search(r"Usual payment method Bank transfer Cash", shown)
    assert "Her contact" in shown
    again = form_of(response)
    assert (again["note"], again["version"]) == (["Mine"], ["2"])
    assert again["contacts-0-name"] == ["My contact"]
    assert as_admin.post(url(f"{customer.pk}/edit/"), again).status_code == 302
    with tenant_scope(tenant.pk):
        assert Customer.objects.get().note == "Mine"
        assert Contact.objects.get().name == "My contact"


def test_a_used_term_that_is_no_longer_in_use_stays_choosable(as_admin, tenant):
    with tenant_scope(tenant.pk):
        term = PaymentTermFactory(name="Old terms", is_active=False)
        customer = CustomerFactory(terms=term)
    data = form_of(as_admin.get(url(f"{customer.pk}/edit/")))
    assert data["terms"] == [str(term.pk)]
    assert as_admin.post(url(f"{customer.pk}/edit/"), data).status_code == 302
