"""The checks of a bill: what stops it, what deserves a look, what is in order.

One table of rules for the editor, the review queue and the operations. Each rule returns what it
found; a rule that finds nothing is in order and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.money import ZERO
from core.presentation import shown_amount
from customers.enums import Channel, ContactRole, CustomerKind, CustomerStatus
from invoices.calculations import (
    AmountTooLarge,
    DiscountExceedsLines,
    LineInput,
    last_due_date,
    totals_of,
)
from invoices.enums import CheckLevel
from invoices.models import Invoice, InvoiceLine
from invoices.queries.check_facts import Facts, Subject, facts_for, is_of_schedule

LONGEST_TERM = timedelta(days=365)
DISCOUNT_TO_LOOK_AT = Decimal(30)  # per cent


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says of one bill; ``anchor`` is the id of the field it is about."""

    rule: str
    level: str
    text: str
    anchor: str = ""


Found = Iterator[tuple[CheckLevel, str, str]]
Rule = Callable[[Subject, Facts], Found]
_RULES: list[tuple[str, Promise, Rule]] = []


def _rule(name: str, in_order: Promise) -> Callable[[Rule], Rule]:
    def register(rule: Rule) -> Rule:
        _RULES.append((name, in_order, rule))
        return rule

    return register


def findings_of(invoice: Invoice, *, day: date) -> list[Finding]:
    """Return what the checks say of a saved bill on the tenant's day; the worst first."""
    return findings_of_many([invoice], day=day)[invoice.pk]


def findings_of_many(invoices: Sequence[Invoice], *, day: date) -> dict[int, list[Finding]]:
    """Return the same for several bills, by id, with a bounded number of queries."""
    lines: dict[int, list[InvoiceLine]] = {invoice.pk: [] for invoice in invoices}
    rows = InvoiceLine.objects.filter(invoice__in=lines).order_by("invoice_id", "position")
    for line in rows:
        lines[line.invoice_id].append(line)
    subjects = [Subject(invoice, lines[invoice.pk]) for invoice in invoices]
    facts = facts_for(subjects, day=day)
    return {subject.invoice.pk: _judge(subject, facts) for subject in subjects}


def findings_of_typed(
    invoice: Invoice, lines: Sequence[InvoiceLine], *, day: date
) -> list[Finding]:
    """Return what the checks say of a bill as it is typed, saved or not."""
    subject = Subject(invoice, lines)
    return _judge(subject, facts_for([subject], day=day))


def worst(findings: Iterable[Finding]) -> str:
    """Return the gravest level among the findings."""
    levels = {finding.level for finding in findings}
    return next((level for level in CheckLevel.values if level in levels), CheckLevel.OK)


def _judge(subject: Subject, facts: Facts) -> list[Finding]:
    findings = []
    for name, in_order, rule in _RULES:
        found = [Finding(name, level, text, anchor) for level, text, anchor in rule(subject, facts)]
        findings += found or [Finding(name, CheckLevel.OK, str(in_order))]
    order = list(CheckLevel.values)
    return sorted(findings, key=lambda finding: order.index(finding.level))


@_rule("customer", gettext_lazy("The customer's data is complete"))
def _customer_data(subject: Subject, facts: Facts) -> Found:
    customer = facts.customers.get(subject.invoice.customer_id)
    if customer is None:
        yield CheckLevel.BLOCK, _("Choose a customer"), "id_customer"
        return
    if customer.status == CustomerStatus.ARCHIVED:
        yield CheckLevel.BLOCK, _("The customer is archived"), "id_customer"
    if customer.status == CustomerStatus.ON_HOLD:
        yield CheckLevel.WARN, _("The customer is on hold"), "id_customer"
    if customer.kind == CustomerKind.COMPANY and customer.country == "CN" and not customer.tax_id:
        yield CheckLevel.WARN, _("The customer has no tax id"), "id_customer"
    if customer.pk not in facts.addressed:
        yield CheckLevel.WARN, _("The customer has no address"), "id_customer"


@_rule("recipient", gettext_lazy("There is an address to send it to"))
def _recipient(subject: Subject, facts: Facts) -> Found:
    customer = facts.customers.get(subject.invoice.customer_id)
    if customer is None or customer.channel != Channel.EMAIL:
        return
    with_mail = [contact for contact in facts.contacts.get(customer.pk, []) if contact.email]
    billing = [c for c in with_mail if ContactRole.BILLING in c.roles] or with_mail
    if not billing:
        yield CheckLevel.WARN, _("The customer has no e-mail address for invoices"), "id_customer"
    elif all(contact.bounced_at for contact in billing):
        text = _("The last mail to %(email)s came back") % {"email": billing[0].email}
        yield CheckLevel.WARN, text, "id_customer"


@_rule("lines", gettext_lazy("Every line says what it is for"))
def _lines(subject: Subject, facts: Facts) -> Found:
    if not subject.lines:
        yield CheckLevel.BLOCK, _("The invoice has no lines"), "lines"
    for line in subject.lines:
        if not line.description.strip():
            text = _("Line %(position)s has no description") % {"position": line.position}
            yield CheckLevel.BLOCK, text, f"line-{line.position}"


@_rule("amount", gettext_lazy("The total is more than zero"))
def _amount(subject: Subject, facts: Facts) -> Found:
    if subject.invoice.total_amount < 0 or subject.invoice.net_amount < 0:
        yield CheckLevel.BLOCK, _("The total is negative"), "totals"
    elif subject.invoice.total_amount == 0 and subject.invoice.tax_amount != 0:
        text = _("The total is zero, but its tax is not: bill the rates on invoices of their own")
        yield CheckLevel.BLOCK, text, "totals"
    elif subject.invoice.total_amount == 0 and subject.lines:
        yield CheckLevel.WARN, _("The total is zero: nothing will be owed"), "totals"


@_rule("arithmetic", gettext_lazy("Lines, discount, tax and total add up"))
def _arithmetic(subject: Subject, facts: Facts) -> Found:
    invoice = subject.invoice
    try:
        totals = totals_of(
            [line_input(line) for line in subject.lines],
            discount_amount=invoice.discount_amount,
            discount_percent=invoice.discount_percent,
            currency=invoice.currency,
            tax_mode=invoice.tax_mode,
        )
    except DiscountExceedsLines:
        yield CheckLevel.BLOCK, _("The discount is more than the lines"), "id_discount"
        return
    except AmountTooLarge:
        yield CheckLevel.BLOCK, _("The amount is too large"), "totals"
        return
    nets = [line.net_amount for line in subject.lines]
    again = (totals.lines_amount, totals.net_amount, totals.tax_amount, totals.total_amount)
    stored = (invoice.lines_amount, invoice.net_amount, invoice.tax_amount, invoice.total_amount)
    if again != stored or nets != [part.net_amount for part in totals.lines]:
        text = _("The amounts do not add up: computed %(again)s, stored %(stored)s") % {
            "again": f"{totals.total_amount:,}",
            "stored": f"{invoice.total_amount:,}",
        }
        yield CheckLevel.BLOCK, text, "totals"


@_rule("double", gettext_lazy("No other invoice looks the same"))
def _double(subject: Subject, facts: Facts) -> Found:
    invoice = subject.invoice
    if not invoice.total_amount:
        return
    for other in facts.others.get(invoice.customer_id, []):
        both_scheduled = is_of_schedule(invoice) and is_of_schedule(other)
        if other.pk == invoice.pk or both_scheduled or other.currency != invoice.currency:
            continue
        if other.total_amount == invoice.total_amount:
            text = _("%(number)s of the last 60 days has the same total") % {"number": other}
            yield CheckLevel.WARN, text, "totals"
            return


@_rule("purchase_order", gettext_lazy("The purchase order is in order"))
def _purchase_order(subject: Subject, facts: Facts) -> Found:
    invoice, customer = subject.invoice, facts.customers.get(subject.invoice.customer_id)
    if not invoice.po_number:
        if customer is not None and customer.po_required:
            text = _("The customer requires a purchase order number")
            yield CheckLevel.BLOCK, text, "id_po_number"
        return
    for other in facts.others.get(invoice.customer_id, []):
        both_scheduled = is_of_schedule(invoice) and is_of_schedule(other)
        if other.pk != invoice.pk and not both_scheduled and other.po_number == invoice.po_number:
            text = _("%(number)s names the same purchase order") % {"number": other}
            yield CheckLevel.WARN, text, "id_po_number"
            return


@_rule("period", gettext_lazy("No service period is billed twice"))
def _service_period(subject: Subject, facts: Facts) -> Found:
    for line in subject.lines:
        if not (line.service_from and line.product_id):
            continue
        key = (subject.invoice.customer_id, line.product_id, line.service_from, line.service_to)
        for other in facts.billed_periods.get(key, []):
            if other.pk != subject.invoice.pk:
                text = _("Line %(position)s: %(number)s bills the same period") % {
                    "position": line.position,
                    "number": other,
                }
                yield CheckLevel.WARN, text, f"line-{line.position}"
                break


@_rule("price", gettext_lazy("Prices are those of the list"))
def _price(subject: Subject, facts: Facts) -> Found:
    for line in subject.lines:
        product = facts.products.get(line.product_id or 0)
        if product is None:
            continue
        if product.currency != subject.invoice.currency:
            text = _("Line %(position)s: the list price is in %(currency)s") % {
                "position": line.position,
                "currency": product.currency,
            }
            yield CheckLevel.WARN, text, f"line-{line.position}"
        elif line.unit_price != product.unit_price:
            text = _("Line %(position)s: price %(price)s, list price %(list_price)s") % {
                "position": line.position,
                "price": plain(line.unit_price),
                "list_price": plain(product.unit_price),
            }
            yield CheckLevel.WARN, text, f"line-{line.position}"


@_rule("in_use", gettext_lazy("Products and tax codes are in use"))
def _in_use(subject: Subject, facts: Facts) -> Found:
    for line in subject.lines:
        code = facts.tax_codes.get(line.tax_code_id)
        product = facts.products.get(line.product_id or 0)
        if code is not None and not code.is_active:
            text = _("Line %(position)s: the tax code %(name)s is not in use any more")
            said = {"position": line.position, "name": code.name}
            yield CheckLevel.WARN, text % said, f"line-{line.position}"
        if product is not None and not product.is_active:
            text = _("Line %(position)s: the product %(code)s is not in use any more")
            said = {"position": line.position, "code": product.code}
            yield CheckLevel.WARN, text % said, f"line-{line.position}"


@_rule("discount", gettext_lazy("Discounts are usual"))
def _discount(subject: Subject, facts: Facts) -> Found:
    invoice = subject.invoice
    for line in subject.lines:
        percent = _percent_off(line)
        if percent >= DISCOUNT_TO_LOOK_AT:
            text = _("Line %(position)s: discount of %(percent)s %%") % {
                "position": line.position,
                "percent": plain(percent),
            }
            yield CheckLevel.WARN, text, f"line-{line.position}"
    if invoice.discount_amount * 100 >= invoice.lines_amount * DISCOUNT_TO_LOOK_AT > 0:
        text = _("The discount is %(percent)s %% of the lines or more")
        yield CheckLevel.WARN, text % {"percent": DISCOUNT_TO_LOOK_AT}, "id_discount"


@_rule("terms", gettext_lazy("The due date follows the terms"))
def _terms(subject: Subject, facts: Facts) -> Found:
    if not subject.invoice.terms_id:
        yield CheckLevel.WARN, _("No payment terms: due on the day of issue"), "id_terms"
        return
    due = last_due_date(issue_date=facts.day, parts=facts.parts.get(subject.invoice.terms_id, []))
    if due - facts.day > LONGEST_TERM:
        yield CheckLevel.WARN, _("Due more than a year after issue"), "id_terms"


@_rule("currency", gettext_lazy("The currency is the customer's"))
def _currency(subject: Subject, facts: Facts) -> Found:
    invoice, customer = subject.invoice, facts.customers.get(subject.invoice.customer_id)
    if customer is not None and customer.currency != invoice.currency:
        text = _("The customer's currency is %(currency)s") % {"currency": customer.currency}
        yield CheckLevel.WARN, text, "id_currency"
    if facts.rates.get(invoice.currency) is None:
        text = _("No exchange rate is known for %(currency)s") % {"currency": invoice.currency}
        yield CheckLevel.WARN, text, "id_currency"


@_rule("bank", gettext_lazy("There is a bank account in the currency"))
def _bank(subject: Subject, facts: Facts) -> Found:
    currency = subject.invoice.currency
    if currency not in facts.bank_currencies:
        text = _("The company has no bank account in %(currency)s") % {"currency": currency}
        yield CheckLevel.WARN, text, "id_currency"


@_rule("credit", gettext_lazy("The credit limit is kept"))
def _credit(subject: Subject, facts: Facts) -> Found:
    invoice, customer = subject.invoice, facts.customers.get(subject.invoice.customer_id)
    if customer is None or customer.credit_limit is None or customer.currency != invoice.currency:
        return
    counted = invoice.approved_at is not None  # an approved bill is in the exposure already
    owed = facts.exposure.get((customer.pk, invoice.currency), ZERO)
    after = owed if counted else owed + invoice.total_amount
    if after > customer.credit_limit:
        text = _("With this invoice %(after)s is owed; the credit limit is %(limit)s") % {
            "after": f"{invoice.currency} {shown_amount(after, invoice.currency)}",
            "limit": shown_amount(customer.credit_limit, invoice.currency),
        }
        yield CheckLevel.WARN, text, "id_customer"


@_rule("closed", gettext_lazy("The accounting period is open"))
def _closed(subject: Subject, facts: Facts) -> Found:
    if facts.period_is_closed:
        yield CheckLevel.BLOCK, _("Today's accounting period is closed"), ""


def _percent_off(line: InvoiceLine) -> Decimal:
    """Return the line's discount in per cent, to two places; one by amount as it comes out."""
    if not line.discount_amount:
        return line.discount_percent
    share = line.discount_amount / (line.net_amount + line.discount_amount)
    return (share * 100).quantize(Decimal("0.01"))


def line_input(line: InvoiceLine) -> LineInput:
    """Return what the arithmetic needs of a line."""
    return LineInput(
        quantity=line.quantity,
        unit_price=line.unit_price,
        discount_percent=line.discount_percent,
        discount_amount=line.discount_amount,
        tax_category=line.tax_category,
        tax_rate=line.tax_rate,
    )


def plain(value: Decimal) -> str:
    """Return the number grouped, without zeros at its end: 1,280.5, never 1.2805E+3."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
