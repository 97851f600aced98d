"""What a biller wants to know of a customer while writing a bill."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from customers.enums import CustomerStatus
from customers.models import Customer
from customers.queries import figures
from invoices.models import Charge


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """
    One customer's standing, in its own currency.

    :ivar credit_left: the limit less the balance, negative when it is passed; None without a limit
    :ivar waiting: how many charges wait to be billed
    """

    customer: Customer
    currency: str
    balance: Decimal
    overdue: Decimal
    credit_left: Decimal | None
    is_on_hold: bool
    waiting: int


def facts_of(customer: Customer, *, day: date) -> CustomerFacts:
    """Return the standing on the company's day; two statements."""
    own = figures(customer, day=day)[0]
    return CustomerFacts(
        customer=customer,
        currency=own.currency,
        balance=own.balance,
        overdue=own.overdue,
        credit_left=own.credit_left,
        is_on_hold=customer.status == CustomerStatus.ON_HOLD,
        waiting=Charge.objects.filter(customer=customer, line__isnull=True).count(),
    )
