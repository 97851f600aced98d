"""The text of a reminder: one mail to one customer, its items listed and added per currency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext, ngettext, override, pgettext

from core.models import Tenant
from core.money import ZERO
from core.presentation import amount_text, day_text
from core.printed_accounts import printed_accounts
from customers.models import Contact, Customer
from dunning.enums import Tone
from invoices.models import Instalment
from invoices.operations.links import PLACEHOLDER
from ledger.models import OpenItem


@dataclass(frozen=True, slots=True)
class Line:
    """One item asked for: its document, days and what is open of it."""

    label: str
    issue_date: date
    due_date: date
    days_from_due: int
    amount: Decimal
    open_amount: Decimal
    currency: str
    invoice_id: int | None
    link: str = ""  # the placeholder of the bill's page; empty where no bill stands behind the item

    @property
    def is_partly_paid(self) -> bool:
        """Test if something was paid already."""
        return self.open_amount != self.amount

    @property
    def open_text(self) -> str:
        return amount_text(self.open_amount, self.currency)

    @property
    def whole_text(self) -> str:
        """What the open amount is a part of; empty when nothing was paid."""
        if not self.is_partly_paid:
            return ""
        whole = {"currency": self.currency, "amount": amount_text(self.amount, self.currency)}
        return gettext("of %(currency)s %(amount)s") % whole

    @property
    def issued(self) -> str:
        return gettext("of %(day)s") % {"day": day_text(self.issue_date)}

    @property
    def dates(self) -> str:
        """When it was issued and is due, for the text version."""
        days = {"issued": day_text(self.issue_date), "due": day_text(self.due_date)}
        return gettext("of %(issued)s, due %(due)s") % days

    @property
    def due(self) -> str:
        return day_text(self.due_date)

    @property
    def when(self) -> str:
        """How far the due date is, in words."""
        days = self.days_from_due
        if days == 0:
            return gettext("due today")
        if days < 0:
            text = ngettext("due in %(days)s day", "due in %(days)s days", -days)
        else:
            text = ngettext("%(days)s day overdue", "%(days)s days overdue", days)
        return text % {"days": abs(days)}


@dataclass(frozen=True, slots=True)
class Group:
    """The items of one currency, their sum, what the customer has unused, and where to pay."""

    currency: str
    lines: Sequence[Line]
    total: Decimal
    unused_credit: Decimal
    bank_account: Mapping[str, str] | None  # holder, bank, number, code

    @property
    def total_text(self) -> str:
        return amount_text(self.total, self.currency)

    @property
    def unused_text(self) -> str:
        """The unused credit; empty where there is none."""
        return amount_text(self.unused_credit, self.currency) if self.unused_credit else ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A reminder, rendered in the customer's language."""

    subject: str
    text: str
    html: str


def groups_of(*, customer_id: int, item_ids: Sequence[int], day: date) -> list[Group]:
    """Return the items as the reminder lists them, by currency, the earliest due first."""
    items = list(OpenItem.objects.filter(pk__in=item_ids).order_by("currency", "due_date", "pk"))
    bills = dict(Instalment.objects.filter(item__in=items).values_list("item_id", "invoice_id"))
    by_currency: dict[str, list[Line]] = {}
    for item in items:
        line = Line(
            item.label,
            item.issue_date,
            item.due_date,
            (day - item.due_date).days,
            item.amount,
            item.open_amount,
            item.currency,
            bills.get(item.pk),
        )
        by_currency.setdefault(item.currency, []).append(line)
    credits_ = OpenItem.objects.open().credits().filter(customer_id=customer_id)
    unused: dict[str, Decimal] = {}
    for credit in credits_:
        unused[credit.currency] = unused.get(credit.currency, ZERO) - credit.open_amount
    accounts = printed_accounts()
    return [
        Group(
            currency,
            lines,
            sum((line.open_amount for line in lines), ZERO),
            unused.get(currency, ZERO),
            accounts.get(currency),
        )
        for currency, lines in by_currency.items()
    ]


def with_links(groups: Sequence[Group]) -> tuple[list[Group], dict[str, int]]:
    """
    Return the groups with a placeholder at each bill, and the bill's id for each placeholder.

    The instalments of one bill share its page.
    """
    names: dict[int, str] = {}
    for group in groups:
        for line in group.lines:
            if line.invoice_id is not None:
                names.setdefault(line.invoice_id, f"{PLACEHOLDER}_{len(names) + 1}")
    linked = [
        replace(
            group,
            lines=[
                replace(line, link=f"[[{names[line.invoice_id]}]]") if line.invoice_id else line
                for line in group.lines
            ],
        )
        for group in groups
    ]
    return linked, {name: invoice_id for invoice_id, name in names.items()}


def write_letter(
    *,
    tenant: Tenant,
    customer: Customer,
    contact: Contact | None,
    groups: Sequence[Group],
    tone: Tone,
    number: str,
    day: date,
) -> Letter:
    """Return the reminder in the customer's language; ``day`` is the tenant's."""
    lines = [line for group in groups for line in group.lines]
    late = [line for line in lines if line.days_from_due > 0]
    context: dict[str, Any] = {
        "tenant": tenant,
        "customer": customer,
        "contact": contact,
        "groups": groups,
        "count": len(late) or len(lines),
        "has_others": 0 < len(late) < len(lines),
        "tone": tone.value,
        "number": number,
    }
    with override(customer.language):
        subject = " ".join(_subject(tenant, lines, tone).split())[:250]
        context |= {"subject": subject, "language": customer.language, "today": day_text(day)}
        text = render_to_string("mail/reminder.txt", context)
        html = render_to_string("mail/reminder.html", context)
    return Letter(subject, text.strip() + "\n", html)


def _subject(tenant: Tenant, lines: Sequence[Line], tone: Tone) -> str:
    about = {"company": tenant.name, "number": lines[0].label, "day": day_text(lines[0].due_date)}
    if tone == Tone.BEFORE_DUE:
        if len(lines) == 1:
            return gettext("%(company)s: invoice %(number)s falls due on %(day)s") % about
        return gettext("%(company)s: invoices that fall due soon") % about
    if tone == Tone.FRIENDLY:
        return pgettext("subject", "%(company)s: payment reminder") % about
    if tone == Tone.FIRM:
        return pgettext("subject", "%(company)s: overdue payment, please reply") % about
    return pgettext("subject", "%(company)s: final payment reminder") % about
