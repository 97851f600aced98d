"""Questions about customers for pages.

What a customer owes is asked of the ledger's open items, which stand above this app: by the name of
their relation to the customer, never by an import.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Count,
    DecimalField,
    Exists,
    F,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Coalesce, JSONObject

from core.lists import CurrencySums
from core.money import ZERO
from core.search.keys import plain
from customers.enums import ContactRole, CustomerStatus
from customers.models import Contact, Customer

BUCKETS = ("not_due", "d1_30", "d31_60", "d61_90", "d91_plus")
_LAST_DAYS = (0, 30, 60, 90)


@dataclass(frozen=True, slots=True)
class Figures:
    """One customer's account in one currency, as of a day.

    ``buckets`` are what is owed by days late: not due, 1-30, 31-60, 61-90, 91 and more; ``credits``
    is what was received and not used yet, positive. ``credit_left`` is None without a limit in this
    currency, and negative when it is passed.
    """

    currency: str
    buckets: tuple[Decimal, ...]
    credits: Decimal
    oldest_due_date: date | None
    credit_limit: Decimal | None = None

    @property
    def debts(self) -> Decimal:
        """All that is owed, due or not."""
        return sum(self.buckets, ZERO)

    @property
    def overdue(self) -> Decimal:
        """What is owed since before the day."""
        return sum(self.buckets[1:], ZERO)

    @property
    def balance(self) -> Decimal:
        """What is left when unused credit is taken off."""
        return self.debts - self.credits

    @property
    def credit_left(self) -> Decimal | None:
        """The limit less the balance."""
        return None if self.credit_limit is None else self.credit_limit - self.balance


def figures(customer: Customer, *, day: date) -> list[Figures]:
    """
    Return the customer's account per currency: its own first, the others by code.

    Its own currency is there even when nothing is open. One query.
    """
    found_rows = (
        customer.open_items.open()
        .values("currency")
        .annotate(
            **_bucket_sums(day),
            credits=_sum(Q(amount__lt=0)),
            oldest=Min("due_date", filter=Q(amount__gt=0, due_date__lt=day)),
        )
        .order_by("currency")
    )
    rows = cast("list[dict[str, Any]]", list(found_rows))
    found = {
        row["currency"]: Figures(
            currency=row["currency"],
            buckets=tuple(row[name] for name in BUCKETS),
            credits=-row["credits"],
            oldest_due_date=row["oldest"],
            credit_limit=customer.credit_limit if row["currency"] == customer.currency else None,
        )
        for row in rows
    }
    own = found.pop(customer.currency, None) or Figures(
        customer.currency, (ZERO,) * len(BUCKETS), ZERO, None, customer.credit_limit
    )
    return [own, *found.values()]


def for_list(*, day: date) -> QuerySet[Customer]:
    """
    Return customers as the list shows them, a row each.

    ``accounts`` holds currency, balance and overdue per currency, as text: JSON knows no exact
    numbers. ``balance`` and ``overdue`` are in the customer's own currency,
    ``oldest_due_date`` (of what is overdue) of all its currencies; ``is_overdue`` is for filters.
    """
    own = Q(currency=OuterRef("currency"))
    overdue = Q(amount__gt=0, due_date__lt=day)
    customers = Customer.objects.select_related("owner")
    return customers.alias(is_overdue=Exists(_items_of_row(overdue))).annotate(
        accounts=ArraySubquery(
            _items_of_row()
            .values("currency")
            .annotate(
                row=JSONObject(
                    currency="currency",
                    balance=Cast(Sum("open_amount"), TextField()),
                    overdue=Cast(_sum(overdue), TextField()),
                )
            )
            .order_by("currency")
            .values("row")
        ),
        balance=_of_row(_items_of_row(own), Sum("open_amount")),
        overdue=_of_row(_items_of_row(own & overdue), Sum("open_amount")),
        oldest_due_date=Subquery(
            _items_of_row(overdue).order_by("due_date").values("due_date")[:1]
        ),
        last_payment=Subquery(
            open_item_model()
            .objects.filter(customer_id=OuterRef("pk"), kind="RECEIPT")
            .order_by("-issue_date", "-pk")
            .values("issue_date")[:1]
        ),
    )


def have_owners() -> bool:
    """Test if any customer has an owner."""
    return Customer.objects.filter(owner__isnull=False).exists()


def totals(customers: QuerySet[Customer], *, day: date) -> list[CurrencySums]:
    """Return balance and overdue of these customers together, per currency, in all of theirs."""
    rows = (
        open_item_model()
        .objects.open()
        .filter(customer__in=customers.order_by().values("pk"))
        .values("currency")
        .annotate(
            customers=Count("customer_id", distinct=True),
            balance=Sum("open_amount"),
            overdue=_sum(Q(amount__gt=0, due_date__lt=day)),
        )
        .order_by("currency")
    )
    return [
        CurrencySums(row["currency"], row["customers"], (row["balance"], row["overdue"]))
        for row in rows
    ]


def totals_of_rows(customers: Iterable[Any]) -> list[CurrencySums]:
    """Return the same of rows of ``for_list``, from what they carry."""
    found: dict[str, list[Any]] = {}
    for account in (one for customer in customers for one in customer.accounts):
        sums = found.setdefault(account["currency"], [0, ZERO, ZERO])
        sums[0] += 1
        sums[1] += Decimal(account["balance"])
        sums[2] += Decimal(account["overdue"])
    return [
        CurrencySums(code, count, (balance, overdue))
        for code, (count, balance, overdue) in sorted(found.items())
    ]


def over_limit(customers: QuerySet[Any]) -> QuerySet[Any]:
    """Limit annotated customers (``for_list``) to those who owe more than their credit limit."""
    return customers.filter(credit_limit__isnull=False, balance__gt=F("credit_limit"))


def without_billing_email(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """Limit to customers with nobody in use to mail invoices to."""
    return customers.filter(
        ~Exists(_contacts(roles__contains=[ContactRole.BILLING]).exclude(email=""))
    )


def with_bounced_contact(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """Limit to customers one of whose addresses in use returned a mail."""
    return customers.filter(Exists(_contacts(bounced_at__isnull=False)))


def search(customers: QuerySet[Customer], text: str) -> QuerySet[Customer]:
    """Limit to those whose name, pinyin, initials, code, tax id or e-mail contains the text."""
    return customers.filter(
        Q(name__icontains=text)
        | Q(short_name__icontains=text)
        | Q(code__icontains=text)
        | Q(search_key__contains=plain(text))
        | Q(tax_id__icontains=text.replace(" ", ""))
        | Exists(Contact.objects.filter(customer_id=OuterRef("pk"), email__icontains=text))
    )


def choices(text: str, *, limit: int = 20) -> list[Customer]:
    """Return customers to choose from as a person types: codes that begin so first; no archived."""
    found = (
        search(Customer.objects.select_related("terms"), text)
        if text
        else (Customer.objects.select_related("terms"))
    )
    return list(
        found.exclude(status=CustomerStatus.ARCHIVED)
        .annotate(is_code=Q(code__istartswith=text))
        .order_by("-is_code", "name", "pk")[:limit]
    )


def duplicates_of(*, name: str, tax_id: str, besides: int | None = None) -> list[Customer]:
    """Return customers, at most five, with the same tax id or the same name in any case."""
    same = Q(name__iexact=name.strip())
    if tax_id:
        same |= Q(tax_id=tax_id)
    others = Customer.objects.filter(same)
    return list((others.exclude(pk=besides) if besides else others).order_by("pk")[:5])


def open_items(customer: Customer) -> QuerySet[Any]:
    """Return what is open of the customer, debts and credits, the earliest due first."""
    return customer.open_items.open().order_by("currency", "due_date", "pk")


def bucket_starts(day: date) -> dict[str, tuple[date | None, date | None]]:
    """Return per bucket the first and last due date that falls into it on the day."""
    last_days = [day - timedelta(days=days) for days in _LAST_DAYS]
    return {
        "not_due": (last_days[0], None),
        "d1_30": (last_days[1], last_days[0] - timedelta(days=1)),
        "d31_60": (last_days[2], last_days[1] - timedelta(days=1)),
        "d61_90": (last_days[3], last_days[2] - timedelta(days=1)),
        "d91_plus": (None, last_days[3] - timedelta(days=1)),
    }


def _bucket_sums(day: date) -> dict[str, Coalesce]:
    sums = {}
    for name, (first, last) in bucket_starts(day).items():
        inside = Q(amount__gt=0)
        if first:
            inside &= Q(due_date__gte=first)
        if last:
            inside &= Q(due_date__lte=last)
        sums[name] = _sum(inside)
    return sums


def _sum(condition: Q) -> Coalesce:
    return Coalesce(Sum("open_amount", filter=condition), Value(ZERO), output_field=DecimalField())


def _of_row(items: QuerySet[Any], total: Sum) -> Coalesce:
    """Return the total over one customer's items in its own currency; nothing is zero."""
    return Coalesce(
        Subquery(items.order_by().values("currency").annotate(total=total).values("total")),
        Value(ZERO),
        output_field=DecimalField(max_digits=19, decimal_places=4),
    )


def _items_of_row(condition: Q | None = None) -> QuerySet[Any]:
    items: QuerySet[Any] = open_item_model().objects.open().filter(customer_id=OuterRef("pk"))
    return items.filter(condition) if condition is not None else items


def _contacts(**conditions: Any) -> QuerySet[Contact]:
    return Contact.objects.filter(customer_id=OuterRef("pk"), is_active=True, **conditions)


def open_item_model() -> Any:
    """Return the model of open items, found by its relation to the customer."""
    return Customer._meta.get_field("open_items").related_model
