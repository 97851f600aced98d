"""The mail that carries a bill: the same words and figures as the bill itself."""

from __future__ import annotations

from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.translation import override

from invoices.documents.bill import Bill

_SUBJECT_LENGTH = 250


@dataclass(frozen=True, slots=True)
class Mail:
    """Subject and bodies; ``[[bill_link]]`` stands for the address of the page."""

    subject: str
    text: str
    html: str


def mail_of(bill: Bill, *, to_name: str) -> Mail:
    """Return the mail to one recipient, in the bill's language."""
    context = {"bill": bill, "to_name": to_name}
    with override(bill.language):
        subject = render_to_string("mail/invoice_subject.txt", context)
        return Mail(
            subject=" ".join(subject.split())[:_SUBJECT_LENGTH],
            text=render_to_string("mail/invoice.txt", context).strip() + "\n",
            html=render_to_string("mail/invoice.html", context),
        )
