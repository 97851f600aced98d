"""What a run with these terms would do today, and one reminder as it would read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.utils.translation import gettext

from core.models import Tenant
from customers.models import Contact, Customer
from dunning.calculations import Terms
from dunning.enums import HoldReason
from dunning.letters import Letter, groups_of, with_links, write_letter
from dunning.queries import (
    Forecast,
    due_items,
    first_customer_to_remind,
    forecast,
    recipient_of,
)
from messaging.placeholders import fill


@dataclass(frozen=True, slots=True)
class ForecastLine:
    """A row of the dry run; ``reason`` is None where reminders would be sent."""

    reason: HoldReason | None
    sums: Forecast


@dataclass(frozen=True, slots=True)
class DryRun:
    """The dry run and its specimen; ``customer`` is who would get it."""

    lines: Sequence[ForecastLine]
    customer: Customer | None
    contact: Contact | None
    letter: Letter | None


def dry_run(*, tenant: Tenant, terms: Terms, day: date) -> DryRun:
    """Work out what would be sent and held on the tenant's ``day``; writes nothing."""
    lines = [
        ForecastLine(HoldReason(one.held_because) if one.held_because else None, one)
        for one in forecast(terms=terms, day=day)
    ]
    lines.sort(key=lambda line: (line.reason is not None, line.sums.held_because))
    customer_id = first_customer_to_remind(terms=terms, day=day)
    if customer_id is None:
        return DryRun(lines, None, None, None)
    due = due_items(terms=terms, day=day, customer_ids=[customer_id])
    wanted = [one for one in due if not one.held_because]
    customer = Customer.objects.get(pk=customer_id)
    contact = recipient_of(customer)
    step = max((terms.step_at(one.offset_days) for one in wanted), key=lambda s: s.offset_days)
    groups, bills = with_links(
        groups_of(customer_id=customer_id, item_ids=[one.item_id for one in wanted], day=day)
    )
    letter = write_letter(
        tenant=tenant,
        customer=customer,
        contact=contact,
        groups=groups,
        tone=step.tone,
        number="RM-…",
        day=day,
    )
    masks = dict.fromkeys(bills, gettext("(secret link, filled in when the mail leaves)"))
    letter = replace(letter, text=fill(letter.text, masks))
    return DryRun(lines, customer, contact, letter)
