"""Who bills whom, and where to pay: what is printed, and kept with the bill when it is issued."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection

from core.bulk import text_array
from core.companies import active_logo, active_tenant
from core.tenancy import active_tenant_id
from customers.enums import AddressKind, ContactRole
from customers.models import Customer
from invoices.models import Invoice

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


def parties_for(
    invoices: Iterable[Invoice], customers: Mapping[int, Customer] | None = None
) -> dict[int, dict[str, Any]]:
    """
    Return the same for many bills, by their id, in a fixed number of queries.

    JSON throughout. ``bank`` is the oldest account in use for the bill's currency, or None; one
    that was changed is named as before for a day, as in ``core.printed_accounts``.
    ``tax_texts`` maps ``category`` to the exemption texts of the bill's lines. ``customers`` by id
    are read if they are not given.
    """
    bills = list(invoices)
    tenant = active_tenant()
    seller = {name: getattr(tenant, name) for name in _SELLER} | {"logo": active_logo()}
    customer_ids = {bill.customer_id for bill in bills}
    if customers is None:
        customers = Customer.objects.in_bulk(customer_ids)
    facts = _facts(bills, customer_ids)
    return {
        bill.pk: {
            "seller": seller,
            "buyer": {
                "code": customers[bill.customer_id].code,
                "name": customers[bill.customer_id].name,
                "tax_id": customers[bill.customer_id].tax_id,
                "contact": facts["contact", str(bill.customer_id)].get("name", ""),
                **_addresses(facts["address", str(bill.customer_id)]),
            },
            "bank": facts["bank", bill.currency] or None,
            "terms": facts["terms", str(bill.terms_id)].get("name", ""),
            "tax_texts": facts["tax", str(bill.pk)],
        }
        for bill in bills
    }


# One row a fact: what it is, of whom, and the fact itself. Of several the last one counts.
_FACTS = """
SELECT 'bank', shown->>'currency', shown - 'currency', -id
    FROM (
        SELECT id, CASE WHEN usable_from > now() THEN former ELSE jsonb_build_object(
            'currency', currency, 'holder', holder, 'bank', bank, 'number', number, 'code', code
        ) END AS shown
        FROM core_bankaccount WHERE tenant_id = %(tenant)s AND is_active
    ) AS account
    WHERE shown->>'currency' = ANY(%(currencies)s::text[])
UNION ALL SELECT 'address', customer_id::text, jsonb_object_agg(kind, text ORDER BY id), 0
    FROM customers_address
    WHERE tenant_id = %(tenant)s AND customer_id = ANY(%(customers)s::bigint[])
    GROUP BY customer_id
UNION ALL SELECT 'contact', customer_id::text, jsonb_build_object('name', name), -id
    FROM customers_contact
    WHERE tenant_id = %(tenant)s AND customer_id = ANY(%(customers)s::bigint[])
    AND is_active AND %(billing)s = ANY(roles)
UNION ALL SELECT 'terms', id::text, jsonb_build_object('name', name), 0
    FROM customers_paymentterm
    WHERE tenant_id = %(tenant)s AND id = ANY(%(terms)s::bigint[])
UNION ALL SELECT 'tax', invoice_id::text, jsonb_object_agg(tax_category, texts), 0
    FROM (
        SELECT line.invoice_id, line.tax_category,
               jsonb_agg(DISTINCT code.exemption_reason) AS texts
        FROM invoices_invoiceline line JOIN invoices_taxcode code
            ON code.tenant_id = line.tenant_id AND code.id = line.tax_code_id
        WHERE line.tenant_id = %(tenant)s AND line.invoice_id = ANY(%(bills)s::bigint[])
        AND code.exemption_reason <> ''
        GROUP BY line.invoice_id, line.tax_category
    ) AS exempt GROUP BY invoice_id
ORDER BY 4
"""


def _facts(
    bills: list[Invoice], customer_ids: set[int]
) -> defaultdict[tuple[str, str], dict[str, Any]]:
    facts: defaultdict[tuple[str, str], dict[str, Any]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(
            _FACTS,
            {
                "tenant": active_tenant_id(),
                "currencies": text_array({bill.currency for bill in bills}),
                "customers": text_array(customer_ids),
                "billing": ContactRole.BILLING.value,
                "terms": text_array({bill.terms_id for bill in bills if bill.terms_id}),
                "bills": text_array(bill.pk for bill in bills),
            },
        )
        for kind, key, fact, _order in cursor.fetchall():
            facts[kind, key] = json.loads(fact)
    return facts


def _addresses(known: dict[str, str]) -> dict[str, str]:
    """Return what is printed: where the bill goes, and where the goods go if that is elsewhere."""
    address = known.get(AddressKind.BILLING) or known.get(AddressKind.REGISTERED) or ""
    delivery = known.get(AddressKind.DELIVERY, "")
    return {"address": address, "delivery": delivery if delivery != address else ""}
