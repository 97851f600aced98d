"""One customer's part of a run: asked again under the account's lock, then said or held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from core import audit, numbering
from core.companies import active_tenant
from core.models import User
from core.money import ZERO
from customers.models import Contact, Customer
from customers.operations import lock_account
from dunning.calculations import Terms
from dunning.enums import HoldReason, Outcome
from dunning.letters import groups_of, with_links, write_letter
from dunning.models import Decision, Notice, Run
from dunning.queries import Due, due_items, recipient_of
from invoices.models import Invoice
from invoices.operations.links import create_link
from ledger.models import OpenItem
from messaging.enums import MessageKind
from messaging.models import OutboundMessage
from messaging.operations import MessageInvalid, queue


class NumberTaken(Exception):
    """The next number of the series stands on another reminder, since the pattern was changed."""


@transaction.atomic
def remind_customer(
    *,
    run: Run,
    terms: Terms,
    customer_id: int,
    planned: Sequence[Due],
    at: datetime,
    actor: User | None,
) -> Notice | None:
    """
    Decide on what is due of one customer, as it is now, and queue the one mail that results.

    Everything is read after the account is locked, so a payment that came first is seen; one that
    comes later waits for the commit. Mail, notice and decisions are one transaction. Items of
    ``planned`` that were settled since are kept as held. Done once: a second call finds the notice
    or the decisions and adds nothing. Return the notice, or None if everything is held.

    :raises NumberTaken: if the next number stands on another reminder
    """
    customer = lock_account(customer_id)
    if Notice.objects.filter(run=run, customer=customer).exists():
        return None
    due = due_items(terms=terms, day=run.run_date, run_id=run.pk, customer_ids=[customer_id])
    wanted = [one for one in due if not one.held_because]
    decisions = [
        _held(run, one, HoldReason(one.held_because), at) for one in due if one.held_because
    ]
    decisions += _settled_since(run, planned, due, at)
    notice = None
    if wanted and (contact := recipient_of(customer)):
        try:
            with transaction.atomic():
                notice = _say(run, terms, customer, contact, wanted, at)
        except MessageInvalid:
            notice = None
    for one in wanted:
        if notice is None:
            decisions.append(_held(run, one, HoldReason.NO_ADDRESS, at))
        else:
            decisions.append(_decision(run, one, Outcome.SENT, at, notice=notice))
    Decision.objects.bulk_create(decisions)
    if notice is not None:
        audit.record(
            event="reminder.queued",
            subject=notice,
            actor=actor,
            at=at,
            account_id=customer.pk,
            changes={"items": len(wanted), "level": notice.level},
        )
    return notice


def _say(
    run: Run,
    terms: Terms,
    customer: Customer,
    contact: Contact,
    wanted: Sequence[Due],
    at: datetime,
) -> Notice:
    """Give the reminder its number, write it and queue it."""
    tenant = active_tenant()
    step = max((terms.step_at(one.offset_days) for one in wanted), key=lambda s: s.offset_days)
    groups, bills = with_links(
        groups_of(
            customer_id=customer.pk, item_ids=[one.item_id for one in wanted], day=run.run_date
        )
    )
    [number] = numbering.take_numbers(kind="notice", day=run.run_date)
    if Notice.objects.filter(number=number).exists():
        raise NumberTaken(number)
    letter = write_letter(
        tenant=tenant,
        customer=customer,
        contact=contact,
        groups=groups,
        tone=step.tone,
        number=number,
        day=run.run_date,
    )
    message: OutboundMessage = queue(
        kind=MessageKind.REMINDER,
        dedupe_key=f"reminder:{customer.pk}:{run.run_date}",
        about=audit.subject_of(customer),
        account_id=customer.pk,
        to_address=contact.email,
        to_name=_one_line(contact.name, 120),
        language=customer.language,
        subject=letter.subject,
        body_text=letter.text,
        body_html=letter.html,
        from_name=_one_line(tenant.name, 200),
        reply_to=tenant.email,
        placeholders=_links(bills, at),
        at=at,
    )
    return Notice.objects.create(
        run=run,
        customer=customer,
        number=number,
        level=step.level,
        message=message,
        created_at=at,
    )


def _links(bills: Mapping[str, int], at: datetime) -> dict[str, str]:
    """Make a link to each bill's page; the reference of one is kept, never its secret."""
    issued = Invoice.objects.in_bulk(bills.values())
    return {name: str(create_link(issued[invoice_id], at).pk) for name, invoice_id in bills.items()}


def _settled_since(
    run: Run, planned: Sequence[Due], due: Sequence[Due], at: datetime
) -> list[Decision]:
    """Return held decisions for what was due when the run began and has been paid since."""
    gone = {one.item_id: one for one in planned} | {}
    for one in due:
        gone.pop(one.item_id, None)
    settled = OpenItem.objects.filter(pk__in=gone, closed_on__isnull=False).values_list(
        "pk", flat=True
    )
    decided = set(Decision.objects.filter(run=run, item__in=gone).values_list("item_id", flat=True))
    return [
        _decision(run, gone[pk], Outcome.HELD, at, reason=HoldReason.NOT_OPEN, nothing_open=True)
        for pk in settled
        if pk not in decided
    ]


def _held(run: Run, one: Due, reason: HoldReason, at: datetime) -> Decision:
    return _decision(run, one, Outcome.HELD, at, reason=reason)


def _decision(
    run: Run,
    one: Due,
    outcome: Outcome,
    at: datetime,
    *,
    reason: HoldReason | None = None,
    notice: Notice | None = None,
    nothing_open: bool = False,
) -> Decision:
    return Decision(
        run=run,
        item_id=one.item_id,
        customer_id=one.customer_id,
        policy_id=run.policy_id,
        offset_days=one.offset_days,
        outcome=outcome,
        held_because=reason or "",
        open_amount=ZERO if nothing_open else one.open_amount,
        currency=one.currency,
        notice=notice,
        decided_at=at,
    )


def _one_line(text: str, longest: int) -> str:
    return " ".join(text.split())[:longest]
