"""Bills in every state, made through the operations."""

from datetime import timedelta
from decimal import Decimal

from core.models import User
from customers.models import Customer
from invoices import operations
from invoices.models import Invoice, TaxCode
from tests.conftest import NOON
from tests.factories import CustomerFactory, PaymentTermPartFactory, TaxCodeFactory

EARLIER = NOON - timedelta(hours=2)


def customer_with_terms(**fields) -> Customer:
    return CustomerFactory(terms=PaymentTermPartFactory().term, **fields)


def line(price="100.00", **fields) -> operations.LineDraft:
    code = TaxCode.objects.filter(rate=Decimal("0.13")).first() or TaxCodeFactory()
    values = {
        "description": "Consulting",
        "quantity": Decimal(1),
        "unit_price": Decimal(price),
        "tax_code_id": code.pk,
    }
    return operations.LineDraft(**(values | fields))


def draft(actor: User | None, *, customer=None, lines=None, at=EARLIER, **head) -> Invoice:
    customer = customer or customer_with_terms()
    values = {
        "customer_id": customer.pk,
        "currency": customer.currency,
        "terms_id": customer.terms_id,
        "language": "en",
    }
    return operations.save_draft(
        invoice=None,
        head=operations.HeadDraft(**(values | head)),
        lines=[line()] if lines is None else lines,
        at=at,
        actor=actor,
    )


def in_review(actor: User | None, **kwargs) -> Invoice:
    return operations.submit(invoice=draft(actor, **kwargs), at=EARLIER, actor=actor)


def approved(author: User | None, approver: User, **kwargs) -> Invoice:
    return operations.approve(invoice=in_review(author, **kwargs), at=EARLIER, actor=approver)


def issued(author: User | None, approver: User, *, issue_at=NOON, **kwargs) -> Invoice:
    return operations.issue(invoice=approved(author, approver, **kwargs), at=issue_at, actor=author)
