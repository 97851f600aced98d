"""The words printed on a bill: one language, or Chinese with English beside it."""

from __future__ import annotations

from functools import lru_cache

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import override, pgettext_lazy

CHINESE, ENGLISH = "zh-hans", "en"

LABELS: dict[str, str | Promise] = {
    "invoice": pgettext_lazy("document", "Invoice"),
    "draft": pgettext_lazy("document", "Draft"),
    "void": pgettext_lazy("document", "Void"),
    "amount_due": pgettext_lazy("document", "Amount due"),
    "due_date": pgettext_lazy("document", "Due date"),
    "first_due_date": pgettext_lazy("document", "First due date"),
    "payment_reference": pgettext_lazy("document", "Payment reference"),
    "from": pgettext_lazy("document", "From"),
    "bill_to": pgettext_lazy("document", "Bill to"),
    "deliver_to": pgettext_lazy("document", "Delivered to"),
    "details": pgettext_lazy("document", "Details"),
    "tax_id": pgettext_lazy("document", "Tax ID"),
    "attention": pgettext_lazy("document", "Attention"),
    "phone": pgettext_lazy("document", "Phone"),
    "email": pgettext_lazy("document", "E-mail"),
    "number": pgettext_lazy("document", "Number"),
    "issue_date": pgettext_lazy("document", "Invoice date"),
    "service_period": pgettext_lazy("document", "Service period"),
    "terms": pgettext_lazy("document", "Terms"),
    "po_number": pgettext_lazy("document", "Purchase order"),
    "reference": pgettext_lazy("document", "Contract"),
    "customer_code": pgettext_lazy("document", "Customer no."),
    "lines": pgettext_lazy("document", "What is billed"),
    "position": pgettext_lazy("document", "No."),
    "description": pgettext_lazy("document", "Description"),
    "quantity": pgettext_lazy("document", "Quantity"),
    "unit": pgettext_lazy("document", "Unit"),
    "unit_price": pgettext_lazy("document", "Unit price"),
    "discount": pgettext_lazy("document", "Discount"),
    "tax": pgettext_lazy("document", "Tax"),
    "amount": pgettext_lazy("document", "Amount"),
    "subtotal": pgettext_lazy("document", "Subtotal"),
    "net": pgettext_lazy("document", "Total before tax"),
    "tax_base": pgettext_lazy("document", "Taxable amount"),
    "total": pgettext_lazy("document", "Total"),
    "in_words": pgettext_lazy("document", "Amount in Chinese capitals"),
    "instalments": pgettext_lazy("document", "Payable in instalments"),
    "instalment": pgettext_lazy("document", "Instalment"),
    "bank_transfer": pgettext_lazy("document", "Bank transfer"),
    "account_holder": pgettext_lazy("document", "Account holder"),
    "bank": pgettext_lazy("document", "Bank"),
    "account_number": pgettext_lazy("document", "Account number"),
    "iban": pgettext_lazy("document", "IBAN"),
    "bank_code": pgettext_lazy("document", "Bank code"),
    "bic": pgettext_lazy("document", "BIC"),
    "scan_to_pay": pgettext_lazy("document", "Scan to pay"),
    "notes": pgettext_lazy("document", "Notes"),
    "carried_forward": pgettext_lazy("document", "Carried forward"),
    "brought_forward": pgettext_lazy("document", "Brought forward"),
    "without_lines": pgettext_lazy(
        "document", "This invoice was brought over from an earlier system without its lines."
    ),
    "page": pgettext_lazy("document", "Page {page} of {pages}"),
}

CATEGORIES: dict[str, str | Promise] = {
    "Z": pgettext_lazy("document", "Zero rated"),
    "E": pgettext_lazy("document", "Exempt"),
    "AE": pgettext_lazy("document", "Reverse charge"),
    "G": pgettext_lazy("document", "Export"),
    "O": pgettext_lazy("document", "Not taxed"),
}


def words(language: str) -> dict[str, str]:
    """Return every label as plain text in one language."""
    return _words(_known(language))


def labels(language: str) -> dict[str, SafeString]:
    """Return every label as printed: on a Chinese document with the English word beside it."""
    return _labels(_known(language))


def plain_labels(language: str) -> dict[str, str]:
    """Return every label as printed, without markup."""
    own, english = words(language), words(ENGLISH)
    return {
        name: own[name] if own[name] == english[name] else f"{own[name]} {english[name]}"
        for name in own
    }


@lru_cache(maxsize=8)
def _words(language: str) -> dict[str, str]:
    with override(language):
        return {name: str(text) for name, text in (LABELS | CATEGORIES).items()}


@lru_cache(maxsize=8)
def _labels(language: str) -> dict[str, SafeString]:
    english = _words(ENGLISH)
    own = _words(language)
    return {
        name: _both(own[name], english[name])
        if language == CHINESE
        else format_html("{}", own[name])
        for name in own
    }


def _both(chinese: str, english: str) -> SafeString:
    if chinese == english:
        return format_html("{}", english)
    return format_html('{} <span class="en" lang="en">{}</span>', chinese, english)


def _known(language: str) -> str:
    return CHINESE if language.lower().startswith("zh") else ENGLISH
