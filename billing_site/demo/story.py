"""A year of one company's business, told day by day through the operations.

The same seed tells the same story; days are counted back from today, in the company's time zone.
What happened before yesterday was also sent then: its messages are settled as accepted on their
day. What is of today stays queued, and the real worker sends it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from billing_site.demo.cast import WORKER, Cast, set_the_stage
from billing_site.demo.data import DemoCompany
from billing_site.demo.today import leave_work_for_today
from core.dates import instant_of
from core.models import Tenant
from core.tenancy import tenant_scope
from customers.models import Customer
from dunning.models import Notice
from dunning.operations import run_reminders
from invoices import operations as bills
from invoices.enums import InvoiceState
from invoices.models import Invoice, Schedule
from invoices.operations.send import NoRecipient, send
from invoices.operations.store_document import store_document
from invoices.queries.schedules import due_schedule_ids
from ledger.models import OpenItem
from messaging import operations as outbox
from messaging.answers import Answer, Outcome
from messaging.reasons import Reason
from payments.calculations import OpenDebt, suggest
from payments.models import Receipt
from payments.operations import ReceiptDraft, receive

DAYS = 365
WEEKEND = 5
SILENCE = 140  # days since one customer last paid, so that there is something of every age
TAKEN = Answer(Outcome.ACCEPTED, Reason.ACCEPTED)


@dataclass
class Story:
    """What is known while the year goes by. Amounts to come are planned per customer and day."""

    cast: Cast
    tenant: Tenant
    company: DemoCompany
    dice: random.Random
    today: date
    to_pay: dict[date, list[tuple[int, str]]] = field(default_factory=dict)

    @property
    def silent_id(self) -> int:
        """Return the customer who stopped paying: one that is billed each month."""
        own = [c.pk for c in self.cast.customers if c.currency == self.tenant.currency]
        return own[3]

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        """Return an instant of the day on the company's clock."""
        return instant_of(day, hour, self.tenant.time_zone, minute)


def tell(company: DemoCompany, now: datetime) -> dict[str, int]:
    """Make the company and live through its year up to ``now``; return what there is then."""
    dice = random.Random(company.slug)  # noqa: S311 - the same story every time
    cast = set_the_stage(company, now - timedelta(days=DAYS + 20))
    tenant = cast.tenant
    story = Story(cast, tenant, company, dice, tenant.day_of(now))
    first = story.today - timedelta(days=DAYS)
    for number in range(DAYS):
        day = first + timedelta(days=number)
        with tenant_scope(tenant.pk):
            _live_through(story, day)
    with tenant_scope(tenant.pk):
        leave_work_for_today(cast, story.today, now, dice)
        return {
            "bills": Invoice.objects.filter(state=InvoiceState.ISSUED).count(),
            "receipts": Receipt.objects.count(),
            "reminders": Notice.objects.count(),
        }


def _live_through(story: Story, day: date) -> None:
    if day.weekday() >= WEEKEND:
        return
    drafts = [
        invoice
        for schedule in Schedule.objects.filter(pk__in=due_schedule_ids(day=day)).order_by("pk")
        for invoice in bills.make_drafts(schedule=schedule, day=day, at=story.at(day, 8))
    ]
    if story.dice.random() < 0.12:  # noqa: PLR2004 - thirty bills a year beside the schedules
        drafts.append(_write_bill(story, day))
    for invoice in drafts:
        _issue_and_send(story, invoice, day)
    _receive_payments(story, day)
    if (story.today - day).days <= story.company.reminder_days:
        run_reminders(day=day, at=story.at(day, 9, 5), actor=None)
    _settle_messages(story, story.at(day, 18))


def _write_bill(story: Story, day: date) -> Invoice:
    """Write a bill by hand: one to five lines for a customer of the company."""
    customer = story.dice.choice(story.cast.customers)
    head = bills.head_for(customer)
    wanted = story.dice.sample(story.cast.products, story.dice.randint(1, 4))
    lines = []
    for product in wanted:
        quantity = Decimal(story.dice.choice([1, 1, 2, 3, 5]))
        price = product.unit_price
        if customer.currency != story.tenant.currency:
            price = (price / story.cast.rates[customer.currency]).quantize(Decimal("0.1"))
        lines.append(
            bills.LineDraft(
                description=product.name,
                quantity=quantity,
                unit=product.unit,
                unit_price=price,
                tax_code_id=product.tax_code_id,
                product_id=product.pk,
                discount_percent=Decimal(story.dice.choice([0, 0, 0, 5])),
            )
        )
    reference = f"HT-{day:%y%m}-{story.dice.randint(10, 99)}"
    head = bills.HeadDraft(
        customer_id=head.customer_id,
        currency=head.currency,
        terms_id=head.terms_id,
        language=head.language,
        po_number=f"PO-{story.dice.randint(4000, 9999)}" if customer.po_required else "",
        reference=reference,
    )
    return bills.save_draft(
        invoice=None, head=head, lines=lines, at=story.at(day, 9, 30), actor=story.cast.biller
    )


def _issue_and_send(story: Story, invoice: Invoice, day: date) -> None:
    cast = story.cast
    invoice = bills.submit(invoice=invoice, at=story.at(day, 10), actor=cast.biller)
    invoice = bills.approve(invoice=invoice, at=story.at(day, 11), actor=cast.approver)
    invoice = bills.issue(invoice=invoice, at=story.at(day, 11, 20), actor=cast.biller)
    store_document(invoice.pk, story.at(day, 11, 21))
    try:
        send(invoice=invoice, at=story.at(day, 14), actor=cast.biller)
    except NoRecipient:
        return
    late = cast.days_late[invoice.customer_id]
    assert invoice.due_date is not None  # noqa: S101 - issued
    pays_on = invoice.due_date + timedelta(days=late + story.dice.randint(-3, 6))
    story.to_pay.setdefault(max(pays_on, day), []).append((invoice.customer_id, invoice.currency))


def _receive_payments(story: Story, day: date) -> None:
    """Receive what customers meant to pay since the last working day."""
    due = [when for when in story.to_pay if when <= day]
    payers = sorted({payer for when in due for payer in story.to_pay.pop(when)})
    for customer_id, currency in payers:
        if customer_id == story.silent_id and (story.today - day).days < SILENCE:
            continue
        debts = [
            OpenDebt(item.pk, item.open_amount, item.due_date)
            for item in OpenItem.objects.open()
            .debts()
            .filter(customer_id=customer_id, currency=currency, due_date__lte=day)
            .order_by("due_date", "pk")[:2]
        ]
        if debts:
            _receive(story, day, Customer.objects.get(pk=customer_id), currency, debts)


def _receive(
    story: Story, day: date, customer: Customer, currency: str, debts: list[OpenDebt]
) -> None:
    amount = sum((debt.open_amount for debt in debts), Decimal(0))
    mood = story.dice.random()
    if mood < 0.10:  # noqa: PLR2004 - one in ten pays a part
        amount = (debts[0].open_amount / 2).quantize(Decimal(1))
    elif mood < 0.14:  # noqa: PLR2004 - a few pay too much
        amount += Decimal(story.dice.choice([50, 200, 1000]))
    receive(
        draft=ReceiptDraft(
            customer_id=customer.pk,
            received_on=day,
            currency=currency,
            amount=amount,
            payer_name=customer.name,
            reference=f"{customer.short_name} {day:%m%d}",
            bank_account=story.cast.banks.get(currency),
        ),
        allocations=suggest(amount, debts).amounts,
        at=story.at(day, 16),
        actor=story.cast.cashier,
    )


def _settle_messages(story: Story, at: datetime) -> None:
    """Let the mail server of that day have taken the messages of that day."""
    for message in outbox.claim(worker=WORKER, limit=500, at=at):
        outbox.transmit(message=message, worker=WORKER, at=at)
        outbox.settle(message=message, worker=WORKER, answer=TAKEN, at=at)
