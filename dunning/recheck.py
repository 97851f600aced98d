"""A reminder is looked at once more when it leaves: it may have waited while the customer paid."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q

from core.companies import active_tenant
from core.money import ZERO
from customers.enums import CustomerStatus
from customers.models import Customer
from customers.operations import lock_account
from dunning.models import Decision, ItemHold, Notice
from ledger.models import OpenItem
from messaging.departures import Overtaken
from messaging.models import OutboundMessage


def require_still_true(message: OutboundMessage, at: datetime) -> None:
    """
    Refuse a reminder of which a word is not true any more at ``at``.

    Everything is read under the account's lock, so a payment that is being booked is waited for.

    :raises Overtaken: if an amount it lists is not what is open now, if unused credit covers what
        it asks for in a currency, or if the customer or an item is not to be reminded any more
    """
    notice = Notice.objects.filter(message_id=message.pk).first()
    if notice is None:
        return
    customer = lock_account(notice.customer_id)
    day = active_tenant().day_of(at)
    listed = list(Decision.objects.filter(notice=notice).select_related("item").order_by("pk"))
    _require_wanted(customer, listed, day)
    asked: dict[str, Decimal] = {}
    for one in listed:
        if one.item.open_amount != one.open_amount:
            raise Overtaken(one.item.label)
        asked[one.currency] = asked.get(one.currency, ZERO) + one.open_amount
    unused: dict[str, Decimal] = {}
    for credit in OpenItem.objects.open().credits().filter(customer_id=customer.pk):
        unused[credit.currency] = unused.get(credit.currency, ZERO) - credit.open_amount
    for currency, amount in asked.items():
        if unused.get(currency, ZERO) >= amount:
            raise Overtaken(currency)


def _require_wanted(customer: Customer, listed: list[Decision], day: date) -> None:
    until = customer.reminders_paused_until
    is_paused = customer.reminders_paused and (until is None or until >= day)
    if customer.status == CustomerStatus.ARCHIVED or is_paused:
        raise Overtaken(customer.code)
    held = (
        ItemHold.objects.filter(item__in=[one.item_id for one in listed])
        .filter(Q(until__isnull=True) | Q(until__gte=day))
        .select_related("item")
        .first()
    )
    if held is not None:
        raise Overtaken(held.item.label)
