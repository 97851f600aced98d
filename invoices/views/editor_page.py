"""The bill editor's forms, and what the server makes of what is typed in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from core.forms import AmountField
from core.models import Tenant
from core.money import ZERO
from core.numbers import NotAnAmount, number_style, parse_amount
from customers.models import Customer
from invoices import operations
from invoices.calculations import AmountTooLarge, DiscountExceedsLines, Totals
from invoices.forms.discount import Discount
from invoices.forms.fields import Catalogue
from invoices.forms.invoice import HeadForm, initial_of
from invoices.forms.lines import MOST_ROWS, LineForm, line_drafts, line_formset
from invoices.models import Charge, Invoice, InvoiceLine
from invoices.queries.checks import Finding, findings_of, findings_of_typed

PREFIX = "lines"
BLANK_ROWS = 1  # scripts add one at a time, and without scripts a button adds some
MORE = "more"  # the button that adds blank rows where there are no scripts
MORE_ROWS = 3
_LAST = 10_000  # where a row without a position stands


@dataclass(slots=True)
class Page:
    """The editor's two forms and what they are about."""

    tenant: Tenant
    invoice: Invoice | None
    head: HeadForm
    lines: Any
    context: dict[str, Any] = field(default_factory=dict)

    def is_valid(self) -> bool:
        """Check both forms, so that everything wrong is marked at once."""
        return all([self.head.is_valid(), self.lines.is_valid()])

    @property
    def currency(self) -> str:
        """The bill's currency as typed, else as saved."""
        typed = getattr(self.head, "cleaned_data", {}).get("currency")
        return str(typed or (self.invoice.currency if self.invoice else ""))

    def rows(self) -> list[tuple[int, LineForm]]:
        """Return the rows that are lines, with their places in the form, in the bill's order."""
        used = [
            (form.cleaned_data.get("position") or _LAST, index, form)
            for index, form in enumerate(self.lines.forms)
            if form.has_changed() and not form.cleaned_data.get("DELETE")
        ]
        return [(index, form) for _position, index, form in sorted(used, key=lambda row: row[:2])]


@dataclass(slots=True)
class Answer:
    """
    What the server makes of what is typed.

    :ivar totals: of the lines that can be read; None where there are none or the customer is open
    :ivar amounts: each such line's net amount, by its place in the form
    :ivar waiting: how many lines are not counted, because something in them cannot be read yet
    :ivar refusal: why the engine refuses, as a sentence
    :ivar at_line: the place in the form of the line that is refused, if it is one
    """

    totals: Totals | None = None
    amounts: dict[int, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    waiting: int = 0
    refusal: str = ""


def page_of(
    tenant: Tenant,
    invoice: Invoice | None,
    *,
    data: QueryDict | None = None,
    typed: Mapping[str, str] | None = None,
    customer: Customer | None = None,
) -> Page:
    """
    Return the editor's forms: of what was sent, else of what was kept as typed, else as saved.

    ``customer`` is chosen whatever was there before.
    """
    head = HeadForm(data, initial=_head_initial(invoice, typed, customer), tenant=tenant)
    currency = invoice.currency if invoice else ""
    if data is not None and head.is_valid():
        currency = head.cleaned_data["currency"]
    rows = _typed_rows(typed) if typed is not None else _saved_rows(invoice)
    source = data if data is not None else (typed or {})
    codes = [
        str(value)
        for name, value in source.items()
        if name.startswith(f"{PREFIX}-") and name.endswith("-product")
    ]
    formset = line_formset(LineForm, extra=BLANK_ROWS if data is None else 0)
    lines = formset(
        data,
        initial=rows,
        prefix=PREFIX,
        form_kwargs={
            "catalogue": Catalogue(codes, invoice.lines.all() if invoice else None),
            "currency": currency,
        },
    )
    return Page(tenant, invoice, head, lines)


def _head_initial(
    invoice: Invoice | None, typed: Mapping[str, str] | None, customer: Customer | None
) -> dict[str, Any]:
    initial = initial_of(invoice) if invoice else {}
    if typed is not None:
        initial |= {name: typed[name] for name in HeadForm.base_fields if name in typed}
    return initial | ({"customer": customer.pk} if customer else {})


def _typed_rows(typed: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the rows as they were typed, without those that were removed."""
    count = min(number_in(typed.get(f"{PREFIX}-TOTAL_FORMS", "0")), MOST_ROWS)
    rows = []
    for index in range(count):
        prefix = f"{PREFIX}-{index}-"
        row = {name: typed.get(prefix + name, "") for name in LineForm.base_fields}
        if not typed.get(f"{prefix}DELETE") and any(
            row[name] for name in ("line_id", "product", "description", "quantity", "unit_price")
        ):
            rows.append(row)
    return sorted(rows, key=lambda row: number_in(row["position"]))


def number_in(text: str) -> int:
    """Return the whole number below a thousand millions that is typed; 0 for anything else."""
    is_number = text.isascii() and text.isdecimal() and len(text) < 10  # noqa: PLR2004
    return int(text) if is_number else 0


def _saved_rows(invoice: Invoice | None) -> list[dict[str, Any]]:
    if invoice is None:
        return []
    names = (
        "position", "product", "description", "service_from", "service_to", "quantity", "unit",
        "unit_price",
    )  # fmt: skip
    charges = dict(Charge.objects.filter(line__invoice=invoice).values_list("line_id", "pk"))
    return [
        {name: getattr(line, name) for name in names}
        | {
            "line_id": line.pk,
            "charge": charges.get(line.pk),
            "tax_code": line.tax_code_id,
            "discount": Discount(line.discount_percent, line.discount_amount),
        }
        for line in invoice.lines.select_related("product").order_by("position")
    ]


def worked_out(page: Page, *, day: date) -> Answer:
    """Return totals, amounts and checks of what is typed; of what is saved if nothing was sent."""
    if not page.head.is_bound:
        return _as_saved(page.invoice, day)
    page.is_valid()
    if not hasattr(page.head, "cleaned_data") or page.head.cleaned_data.get("customer") is None:
        return Answer()
    rows = page.rows()
    good = [(index, form) for index, form in rows if form.is_valid()]
    answer = Answer(waiting=len(rows) - len(good))
    head = _head_of(page)
    drafts = line_drafts([form.cleaned_data for _index, form in good])
    tax_mode = page.invoice.tax_mode if page.invoice else page.tenant.tax_mode
    try:
        totals = operations.totals_for(head, drafts, tax_mode=tax_mode)
    except DiscountExceedsLines:
        answer.refusal = _("The discount is more than the lines.")
        return answer
    except AmountTooLarge:
        answer.refusal = _("An amount is too large.")
        return answer
    except operations.LineWithoutTax as refused:
        answer.refusal = str(refused.message)
        return answer
    answer.totals = totals
    answer.amounts = {
        index: result.net_amount for (index, _form), result in zip(good, totals.lines, strict=True)
    }
    answer.findings = findings_of_typed(
        _unsaved(page, head, totals, tax_mode),
        _unsaved_lines([form.cleaned_data for _index, form in good], drafts, totals),
        day=day,
    )
    return answer


def _as_saved(invoice: Invoice | None, day: date) -> Answer:
    if invoice is None:
        return Answer()
    lines = invoice.lines.order_by("position").values_list("net_amount", flat=True)
    return Answer(amounts=dict(enumerate(lines)), findings=findings_of(invoice, day=day))


def _head_of(page: Page) -> operations.HeadDraft:
    """Return the head as far as it can be read; a discount that cannot is left out."""
    values = page.head.cleaned_data
    for name, idle in (("terms", None), ("discount", None), ("currency", ""), ("language", "")):
        values.setdefault(name, idle)
    for name in ("po_number", "reference", "note", "internal_note"):
        values.setdefault(name, "")
    values["currency"] = values["currency"] or values["customer"].currency
    return page.head.draft()


def _unsaved(page: Page, head: operations.HeadDraft, totals: Totals, tax_mode: str) -> Invoice:
    source = Invoice._meta.get_field("source").default
    return Invoice(
        pk=page.invoice.pk if page.invoice else None,
        tax_mode=tax_mode,
        source=page.invoice.source if page.invoice else source,
        customer_id=head.customer_id,
        currency=head.currency,
        terms_id=head.terms_id,
        po_number=head.po_number,
        lines_amount=totals.lines_amount,
        discount_amount=totals.discount_amount,
        discount_percent=head.discount_percent,
        net_amount=totals.net_amount,
        tax_amount=totals.tax_amount,
        total_amount=totals.total_amount,
    )


def _unsaved_lines(
    rows: list[dict[str, Any]], drafts: list[operations.LineDraft], totals: Totals
) -> list[InvoiceLine]:
    return [
        InvoiceLine(
            position=position,
            product_id=draft.product_id,
            description=draft.description,
            service_from=draft.service_from,
            service_to=draft.service_to,
            quantity=draft.quantity,
            unit_price=draft.unit_price,
            discount_percent=draft.discount_percent,
            discount_amount=draft.discount_amount,
            tax_code_id=draft.tax_code_id,
            tax_category=row["tax_code"].category,
            tax_rate=row["tax_code"].rate,
            net_amount=result.net_amount,
            tax_amount=result.tax_amount,
        )
        for position, (row, draft, result) in enumerate(
            zip(rows, drafts, totals.lines, strict=True), start=1
        )
    ]


def readings(page: Page) -> dict[str, str]:
    """Return, by the field's name, what was read where a sum or another writing was typed."""
    found = {}
    for form in (page.head, *page.lines.forms):
        for name, made in form.fields.items():
            if not isinstance(made, AmountField) or name in form.errors:
                continue
            key = form.add_prefix(name)
            text = str(form.data.get(key, "")).strip()
            value = getattr(form, "cleaned_data", {}).get(name)
            if text and value is not None and not _is_plain(text):
                read = str(made.prepare_value(value) or "0")
                if read != text:
                    found[key] = read
    return found


def _is_plain(text: str) -> bool:
    try:
        parse_amount(text.removesuffix("%").rstrip(), number_style())
    except NotAnAmount:
        return False
    return True


def errors_of(page: Page) -> dict[str, str]:
    """Return, by the field's name, what is wrong with what was typed; blanks are not told yet."""
    found = {}
    for form in (page.head, *page.lines.forms):
        if "DELETE" in form.fields and form.data.get(form.add_prefix("DELETE")):
            continue
        for name, errors in form.errors.items():
            key = form.add_prefix(name)
            if name in form.fields and str(form.data.get(key, "")).strip():
                found[key] = str(errors[0])
    return found


def is_blank(page: Page) -> bool:
    """Test if nothing was typed that anybody could miss."""
    texts = ("po_number", "reference", "note", "internal_note", "discount", "customer")
    return not any(page.head.data.get(name, "").strip() for name in texts) and not any(
        form.has_changed() for form in page.lines.forms
    )


def with_rows(data: QueryDict, more: int = MORE_ROWS) -> QueryDict:
    """Return what was sent with some blank rows more."""
    copy = data.copy()
    total = data.get(f"{PREFIX}-TOTAL_FORMS", "0")
    count = int(total) if total.isascii() and total.isdigit() and len(total) < 4 else 0  # noqa: PLR2004
    copy[f"{PREFIX}-TOTAL_FORMS"] = str(count + more)
    return copy


def context_of(page: Page, *, day: date) -> dict[str, Any]:
    """Return what the template shows."""
    answer = worked_out(page, day=day)
    for index, net in answer.amounts.items():
        page.lines.forms[index].net = net
    totals: Any = answer.totals
    if totals is None and not page.head.is_bound:
        totals = page.invoice
    return {
        "invoice": page.invoice,
        "head": page.head,
        "lines": page.lines,
        "catalogue": page.lines.form_kwargs["catalogue"],
        "currency": page.currency,
        **answer_context(page, answer, totals),
        **page.context,
    }


def answer_context(page: Page, answer: Answer, totals: Any) -> dict[str, Any]:
    """Return what the totals' part of the template shows."""
    if answer.totals is not None:
        taxes: list[Any] = list(answer.totals.taxes)
    else:
        saved = page.invoice if totals is not None else None
        taxes = list(saved.taxes.order_by("-rate", "pk")) if saved else []
    percent = getattr(page.head, "cleaned_data", {}).get("discount")
    return {
        "totals": totals,
        "taxes": taxes,
        "currency": page.currency,
        "discount_percent": percent.percent
        if percent
        else (page.invoice.discount_percent if page.invoice and not page.head.is_bound else ZERO),
        "findings": answer.findings,
        "waiting": answer.waiting,
        "refusal": answer.refusal,
        "line_amounts": {f"{PREFIX}-{index}": net for index, net in answer.amounts.items()},
    }
