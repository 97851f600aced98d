"""Every field of a page that carries an id: what is sent with it, and of what it is the id.

``tests/crawl`` finds the fields that pages offer and fails for one that is not named here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from django.urls import resolve

LINES = {
    "lines-TOTAL_FORMS": "1",
    "lines-INITIAL_FORMS": "0",
    "lines-0-position": "1",
    "lines-0-description": "Consulting",
    "lines-0-quantity": "1",
    "lines-0-unit_price": "1.00",
}
BILL = LINES | {"customer": "{customer}"}
TAXED = BILL | {"lines-0-tax_code": "{tax}"}
CUSTOMER = {
    "name": "New name",
    "kind": "COMPANY",
    "language": "en",
    "currency": "CNY",
    "payment_method": "TRANSFER",
    "channel": "EMAIL",
    "contacts-TOTAL_FORMS": "0",
    "contacts-INITIAL_FORMS": "0",
}
CHARGE = {
    "customer": "{customer}",
    "description": "X",
    "service_date": "2026-03-01",
    "unit_price": "1",
}
PRODUCT = {"code": "X-1", "name": "X", "unit_price": "1.00", "currency": "CNY"}
SCHEDULE = LINES | {
    "customer": "{customer}",
    "name": "X",
    "frequency": "MONTHLY",
    "timing": "ADVANCE",
    "start_date": "2026-09-01",
}
RECEIPT = {
    "customer": "{customer}",
    "amount": "1.00",
    "received_on": "2026-03-01",
    "method": "TRANSFER",
    "action": "save",
}


@dataclass(frozen=True, slots=True)
class Case:
    """A field, in which form, of what it is the id; ``{customer}`` is the world's own customer.

    :ivar form: written into the field; ``{}`` stands for the id
    :ivar is_company_wide: what it names belongs to no customer, so a data scope hides none of it
    :ivar name: how the field is called on a page, where the id stands in its name or a row's number
    """

    path: str
    name: str
    of: str
    fields: Mapping[str, str] = field(default_factory=dict)
    form: str = "{}"
    is_company_wide: bool = False
    method: str = "post"

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.name}"


def _wide(path: str, name: str, of: str, fields: Mapping[str, str] | None = None) -> Case:
    return Case(path, name, of, fields or {}, is_company_wide=True)


def _asked(path: str, name: str, of: str, *, is_company_wide: bool = False) -> Case:
    return Case(path, name, of, method="get", is_company_wide=is_company_wide)


POSTED = [
    _wide("customers/new/", "terms", "term", CUSTOMER),
    _wide("customers/{customer}/edit/", "terms", "term", CUSTOMER | {"code": "X", "version": "1"}),
    _wide("customers/{customer}/owner/", "owner", "user"),
    _wide("customers/assign/", "owner", "user", {"selected": "{customer}"}),
    Case("customers/assign/", "selected", "customer", {"owner": "{user}"}),
    Case("customers/", "selected", "customer", {"summary": "1"}),
    Case("customers/", "selected", "customer", {"export": "csv"}),
    Case("invoices/", "selected", "bill", {"summary": "1"}),
    Case("invoices/", "selected", "bill", {"export": "csv"}),
    Case("receipts/", "selected", "receipt", {"export": "csv"}),
    Case("invoices/charges/", "selected", "charge", {"export": "csv"}),
    Case("invoices/schedules/", "selected", "schedule", {"export": "csv"}),
    _wide("invoices/products/", "selected", "product", {"export": "csv"}),
    Case("messages/", "selected", "message", {"export": "csv"}),
    Case("invoices/submit/", "selected", "draft", form="{}:1"),
    Case("invoices/approve/", "selected", "draft", form="{}:1"),
    Case("invoices/issue/", "selected", "draft", form="{}:1"),
    Case("invoices/send/", "selected", "bill"),
    Case("invoices/send/", "ids", "bill", {"when": "now"}),
    Case("invoices/review/approve/", "invoice", "draft", form="{}-1"),
    Case("invoices/{bill}/send/undo/", "delivery", "delivery_of_bill"),
    Case("invoices/new/", "customer", "customer", LINES),
    _wide("invoices/new/", "terms", "term", BILL),
    _wide("invoices/new/", "lines-0-tax_code", "tax", BILL),
    Case("invoices/new/", "lines-0-charge", "charge", TAXED),
    Case("invoices/{draft}/edit/", "customer", "customer", LINES | {"version": "1"}),
    _wide("invoices/{draft}/edit/", "terms", "term", BILL | {"version": "1"}),
    _wide("invoices/{draft}/edit/", "lines-0-tax_code", "tax", BILL | {"version": "1"}),
    Case("invoices/{draft}/edit/", "lines-0-charge", "charge", TAXED | {"version": "1"}),
    Case("invoices/keep/", "customer", "customer", LINES),
    Case("invoices/totals/", "customer", "customer", LINES),
    Case("invoices/charges/new/", "customer", "customer", CHARGE),
    _wide("invoices/charges/new/", "tax_code", "tax", CHARGE),
    Case("invoices/charges/{charge}/", "customer", "customer", CHARGE),
    _wide("invoices/charges/{charge}/", "tax_code", "tax", CHARGE),
    Case("invoices/charges/bill/", "customer", "customer",
         {"currency": "CNY", "up_to": "2026-03-31"}),
    _wide("invoices/products/new/", "tax_code", "tax", PRODUCT),
    _wide("invoices/products/{product}/", "tax_code", "tax", PRODUCT),
    Case("invoices/schedules/new/", "customer", "customer", SCHEDULE),
    _wide("invoices/schedules/new/", "lines-0-tax_code", "tax", SCHEDULE),
    Case("invoices/schedules/{schedule}/edit/", "customer", "customer", SCHEDULE),
    _wide("invoices/schedules/{schedule}/edit/", "lines-0-tax_code", "tax", SCHEDULE),
    Case("receipts/new/", "customer", "customer", RECEIPT),
    _wide("receipts/new/", "bank_account", "bank", RECEIPT),
    Case("receipts/new/", "apply_", "item", RECEIPT),
    Case("receipts/{receipt}/allocate/", "apply_", "item"),
]  # fmt: skip
ASKED = [
    _asked("customers/", "owner", "user", is_company_wide=True),
    _asked("invoices/", "customer", "customer"),
    _asked("invoices/charges/", "customer", "customer"),
    _asked("receipts/", "customer", "customer"),
    _asked("receipts/new/", "customer", "customer"),
    _asked("receipts/new/", "item", "item"),
    _asked("invoices/new/", "customer", "customer"),
    _asked("invoices/charges/new/", "customer", "customer"),
    _asked("invoices/schedules/new/", "customer", "customer"),
    _asked("invoices/choices/customer/", "customer", "customer"),
    _asked("reports/aging/", "customer", "customer"),
    _asked("jobs/", "created_by", "user", is_company_wide=True),
    _asked("settings/history/", "actor", "user", is_company_wide=True),
    _asked("customers/", "saved", "view", is_company_wide=True),
]
# Fields of digits, or of choices, that name no row: by the last part of their names.
NO_ID = {
    "version", "mine", "once", "TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS",
    "matching_count", "position", "index", "send_hour", "size", "row", "page", "active", "months",
    "before",
}  # fmt: skip
# Fields that name a row which another test names.
ELSEWHERE = {
    ("invoices:review_decide", "next_invoice"): "it is shown only if it waits for the person",
    ("customers:edit", "id"): "tests/customers/test_operations.py::"
    "test_a_foreign_contact_id_makes_a_new_contact_and_touches_nobody",
    ("invoices:edit", "line_id"): "tests/hostile/test_ids.py::"
    "test_a_line_of_another_bill_is_not_taken",
    ("invoices:schedule_edit", "line_id"): "a schedule's lines are written anew, ids are not read",
}
_ID = re.compile(r"[0-9]+([:,-][0-9]+)*")
KNOWN = {case.name.rpartition("-")[2] for case in POSTED}


def last_part(name: str) -> str:
    """Return a field's own name: of ``lines-0-charge`` it is charge, of ``apply_7`` apply_."""
    return re.sub(r"(?<=_)[0-9]+$", "", name.rpartition("-")[2])


@cache
def named() -> set[tuple[str, str]]:
    """Return the addresses' names and the fields that the cases name."""
    ones = dict.fromkeys(
        ("customer", "draft", "bill", "charge", "product", "schedule", "receipt"), 1
    )
    return {
        (resolve(f"/t/acme/{case.path.format(**ones)}").view_name, last_part(case.name))
        for case in POSTED
    } | set(ELSEWHERE)


def not_named(view_name: str, values: Iterable[tuple[str, str]], typed: set[str]) -> set[str]:
    """Return which of a form's fields carry an id, or could, and are named nowhere above.

    Lists choose rows alike: one list's case stands for those of the same handler.
    """
    found = set()
    for name, value in values:
        part = last_part(name)
        could = part in KNOWN or (name not in typed and _ID.fullmatch(value))
        if could and part not in NO_ID and (view_name, part) not in named():
            found.add(f"{view_name} {part} = {value}")
    return found
