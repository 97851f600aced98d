"""What lies on the desks this morning: something of every state a page can show."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from decimal import Decimal

from billing_site.demo.cast import WORKER, Cast
from core.dates import instant_of
from core.roles import Role
from customers.models import Customer
from customers.operations import pause_reminders, put_on_hold
from dunning.operations import run_reminders
from invoices import operations as bills
from invoices.enums import ReturnReason
from invoices.models import Invoice
from invoices.operations.send import send
from invoices.operations.store_document import store_document
from ledger.models import OpenItem
from ledger.operations import close_period
from messaging import operations as outbox
from messaging.answers import Answer, Outcome
from messaging.reasons import Reason
from payments.operations import ReceiptDraft, receive


def leave_work_for_today(cast: Cast, today: date, now: datetime, dice: random.Random) -> None:
    """Leave drafts, reviews, charges, mails gone wrong, unused money, and paused reminders."""
    own = [c for c in cast.customers if c.currency == cast.tenant.currency]
    earlier = max(now - timedelta(hours=3), instant_of(today, 0, cast.tenant.time_zone, 1))
    _bills_in_every_state(cast, own, earlier, dice)
    _charges(cast, own, today, earlier, dice)
    _money_not_used(cast, own[2], today, earlier)
    _mails_that_went_wrong(cast, own, earlier)
    _people_who_are_spared(cast, own, earlier)
    close_period(
        last_day=(today.replace(day=1) - timedelta(days=62)).replace(day=1) - timedelta(days=1),
        at=earlier,
        actor=cast.people[Role.MANAGER],
    )
    run_reminders(day=today, at=now, actor=cast.people[Role.COLLECTOR])


def _write(
    cast: Cast, customer: Customer, at: datetime, quantity: int = 2, product: int = 0
) -> Invoice:
    sold = cast.products[product]
    line = bills.LineDraft(
        description=sold.name,
        quantity=Decimal(quantity),
        unit=sold.unit,
        unit_price=sold.unit_price,
        tax_code_id=sold.tax_code_id,
        product_id=sold.pk,
    )
    head = bills.head_for(customer)
    return bills.save_draft(invoice=None, head=head, lines=[line], at=at, actor=cast.biller)


def _bills_in_every_state(
    cast: Cast, own: list[Customer], at: datetime, dice: random.Random
) -> None:
    easy = [customer for customer in own if not customer.po_required]
    for customer in easy[:2]:
        _write(cast, customer, at, quantity=dice.randint(1, 4), product=1)
    for place, customer in enumerate(easy[:3]):
        bills.submit(
            invoice=_write(cast, customer, at, quantity=place + 1, product=2),
            at=at,
            actor=cast.biller,
        )
    returned = bills.submit(
        invoice=_write(cast, easy[-1], at, quantity=9), at=at, actor=cast.biller
    )
    bills.return_(
        invoice=returned,
        reason=ReturnReason.QUANTITY,
        comment="We agreed on 6." if cast.tenant.language == "en" else "合同约定为 6，请核对。",
        at=at,
        actor=cast.approver,
    )
    for place in (0, 1, 2):
        invoice = bills.submit(
            invoice=_write(cast, easy[-1 - place], at, quantity=2 + place, product=1),
            at=at,
            actor=cast.biller,
        )
        invoice = bills.approve(invoice=invoice, at=at, actor=cast.approver)
        if place == 0:
            continue  # approved, to be issued
        invoice = bills.issue(invoice=invoice, at=at, actor=cast.biller)
        store_document(invoice.pk, at)
        if place == 2:  # noqa: PLR2004 - the third was a mistake
            bills.void(invoice=invoice, reason="Wrong customer", at=at, actor=cast.approver)


def _charges(
    cast: Cast, own: list[Customer], today: date, at: datetime, dice: random.Random
) -> None:
    support = cast.products[2]
    for number in range(7):
        bills.save_charge(
            charge=None,
            draft=bills.ChargeDraft(
                customer_id=own[number % 3].pk,
                description=support.name,
                service_date=today - timedelta(days=2 + 3 * number),
                quantity=Decimal(dice.choice(["0.5", "1", "1.5", "2"])),
                unit=support.unit,
                unit_price=support.unit_price,
                currency=cast.tenant.currency,
                tax_code_id=support.tax_code_id,
                product_id=support.pk,
            ),
            at=at,
            actor=cast.biller,
        )


def _money_not_used(cast: Cast, customer: Customer, today: date, at: datetime) -> None:
    receive(
        draft=ReceiptDraft(
            customer_id=customer.pk,
            received_on=today,
            currency=customer.currency,
            amount=Decimal(5000),
            payer_name=customer.name,
            reference="预付款" if cast.tenant.language != "en" else "on account",
            bank_account=cast.banks.get(customer.currency),
        ),
        at=at,
        actor=cast.cashier,
    )


def _mails_that_went_wrong(cast: Cast, own: list[Customer], at: datetime) -> None:
    """One mail bounced, one was refused, and one was lost sight of while it was handed over."""
    answers = [
        Answer(Outcome.ACCEPTED, Reason.ACCEPTED),
        Answer(Outcome.REFUSED, Reason.REFUSED, "550 5.1.1 mailbox unavailable"),
        Answer(Outcome.UNKNOWN, Reason.LOST_CONTACT, "connection closed"),
    ]
    easy = [customer for customer in own if not customer.po_required]
    for customer, answer in zip(easy[1:4], answers, strict=True):
        _send_a_bill(cast, customer, at)
        leaves = at + timedelta(minutes=1)
        for message in outbox.claim(worker=WORKER, limit=10, at=leaves):
            outbox.transmit(message=message, worker=WORKER, at=leaves)
            outbox.settle(message=message, worker=WORKER, answer=answer, at=leaves)
            if answer.outcome is Outcome.ACCEPTED:
                outbox.record_bounce(
                    message=message,
                    diagnostic="550 5.1.1 user unknown",
                    at=at + timedelta(minutes=9),
                )
    _send_a_bill(cast, easy[0], at)  # and this one the real worker sends


def _send_a_bill(cast: Cast, customer: Customer, at: datetime) -> None:
    invoice = _write(cast, customer, at, quantity=1, product=3)
    invoice = bills.submit(invoice=invoice, at=at, actor=cast.biller)
    invoice = bills.approve(invoice=invoice, at=at, actor=cast.approver)
    invoice = bills.issue(invoice=invoice, at=at, actor=cast.biller)
    store_document(invoice.pk, at)
    send(invoice=invoice, at=at, actor=cast.biller)


def _people_who_are_spared(cast: Cast, own: list[Customer], at: datetime) -> None:
    late = (
        OpenItem.objects.overdue_on(cast.tenant.day_of(at))
        .order_by("due_date")
        .values_list("customer_id", flat=True)
        .first()
    )
    collector = cast.people[Role.COLLECTOR]
    if late is not None:
        pause_reminders(
            customer=Customer.objects.get(pk=late),
            reason="正在对账" if cast.tenant.language != "en" else "Reconciling accounts",
            until=cast.tenant.day_of(at) + timedelta(days=10),
            at=at,
            actor=collector,
        )
    put_on_hold(customer=own[-1], reason="Unpaid for long", at=at, actor=collector)
