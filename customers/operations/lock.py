"""The account lock: the first lock of every change of what a customer owes."""

from __future__ import annotations

from collections.abc import Iterable

from customers.models import Customer


def lock_account(customer_id: int) -> Customer:
    """
    Lock one customer's row until the transaction ends and return it as it is now.

    ``FOR NO KEY UPDATE``: rows that merely point to the customer can still be written.

    :raises Customer.DoesNotExist: if the active tenant has no such customer
    """
    return Customer.objects.select_for_update(no_key=True, of=("self",)).get(pk=customer_id)


def lock_accounts(customer_ids: Iterable[int]) -> dict[int, Customer]:
    """Lock several customers, always in the order of their ids, and return them by id."""
    wanted = sorted(set(customer_ids))
    rows = (
        Customer.objects.select_for_update(no_key=True, of=("self",))
        .filter(pk__in=wanted)
        .order_by("pk")
    )
    return {customer.pk: customer for customer in rows}
