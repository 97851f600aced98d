"""The bill as a document: what is printed on it, its page and its PDF."""

from invoices.documents.bill import Bill, bill_of
from invoices.documents.mail import Mail, mail_of
from invoices.documents.page import html_for, html_of, pdf_for
from invoices.documents.parties import parties_for, parties_of

__all__ = [
    "Bill",
    "Mail",
    "bill_of",
    "html_for",
    "html_of",
    "mail_of",
    "parties_for",
    "parties_of",
    "pdf_for",
]
