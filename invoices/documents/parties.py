"""Who bills whom, and where to pay: what is printed, and kept with the bill when it is issued."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.companies import active_tenant
from core.models import BankAccount
from customers.enums import AddressKind, ContactRole
from customers.models import Address, Contact, Customer, PaymentTerm
from invoices.models import Invoice, InvoiceLine

_SELLER = (
    "name",
    "tax_id",
    "address",
    "phone",
    "email",
    "website",
    "register_line",
    "country",
    "brand_color",
)


def parties_of(invoice: Invoice) -> dict[str, Any]:
    """Return seller, buyer, bank account, terms and tax texts of a bill, as they are today."""
    return parties_for([invoice])[invoice.pk]


def parties_for(invoices: Iterable[Invoice]) -> dict[int, dict[str, Any]]:
    """
    Return the same for many bills, by their id, in a fixed number of queries.

    JSON throughout. ``bank`` is the oldest account in use for the bill's currency, or None.
    ``tax_texts`` maps ``category`` to the exemption texts of the bill's lines.
    """
    bills = list(invoices)
    customer_ids = {bill.customer_id for bill in bills}
    tenant = active_tenant()
    seller = {name: getattr(tenant, name) for name in _SELLER}
    banks = _banks({bill.currency for bill in bills})
    customers = Customer.objects.in_bulk(customer_ids)
    addresses = _addresses(customer_ids)
    contacts = _contacts(customer_ids)
    terms = dict(
        PaymentTerm.objects.filter(
            pk__in={bill.terms_id for bill in bills if bill.terms_id}
        ).values_list("pk", "name")
    )
    texts = _tax_texts([bill.pk for bill in bills])
    return {
        bill.pk: {
            "seller": seller,
            "buyer": {
                "code": customers[bill.customer_id].code,
                "name": customers[bill.customer_id].name,
                "tax_id": customers[bill.customer_id].tax_id,
                "contact": contacts.get(bill.customer_id, ""),
                **addresses.get(bill.customer_id, {"address": "", "delivery": ""}),
            },
            "bank": banks.get(bill.currency),
            "terms": terms.get(bill.terms_id or 0, ""),
            "tax_texts": texts.get(bill.pk, {}),
        }
        for bill in bills
    }


def _banks(currencies: set[str]) -> dict[str, dict[str, str]]:
    accounts = BankAccount.objects.filter(is_active=True, currency__in=currencies).order_by("-pk")
    return {
        account.currency: {
            "holder": account.holder,
            "bank": account.bank,
            "number": account.number,
            "code": account.code,
        }
        for account in accounts
    }


def _addresses(customer_ids: set[int]) -> dict[int, dict[str, str]]:
    rows = Address.objects.filter(customer_id__in=customer_ids).values_list(
        "customer_id", "kind", "text"
    )
    kinds: dict[int, dict[str, str]] = {}
    for customer_id, kind, text in rows:
        kinds.setdefault(customer_id, {})[kind] = text
    printed = {}
    for customer_id, known in kinds.items():
        address = known.get(AddressKind.BILLING) or known.get(AddressKind.REGISTERED) or ""
        delivery = known.get(AddressKind.DELIVERY, "")
        printed[customer_id] = {
            "address": address,
            "delivery": delivery if delivery != address else "",
        }
    return printed


def _contacts(customer_ids: set[int]) -> dict[int, str]:
    rows = Contact.objects.filter(
        customer_id__in=customer_ids, is_active=True, roles__contains=[ContactRole.BILLING]
    ).order_by("-pk")
    return dict(rows.values_list("customer_id", "name"))


def _tax_texts(invoice_ids: list[int]) -> dict[int, dict[str, list[str]]]:
    rows = (
        InvoiceLine.objects.filter(invoice_id__in=invoice_ids)
        .exclude(tax_code__exemption_reason="")
        .values_list("invoice_id", "tax_category", "tax_code__exemption_reason")
        .order_by("invoice_id", "tax_category", "tax_code__exemption_reason")
        .distinct()
    )
    texts: dict[int, dict[str, list[str]]] = {}
    for invoice_id, category, text in rows:
        texts.setdefault(invoice_id, {}).setdefault(category, []).append(text)
    return texts
