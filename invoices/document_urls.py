"""Addresses of a bill's document and its sending."""

from django.urls import URLPattern, path

from invoices.views.document import invoice_pdf
from invoices.views.send import send_invoice, undo_sending
from invoices.views.send_many import send_many

document_pages: list[URLPattern] = [
    path("send/", send_many, name="send_many"),
    path("<int:pk>/pdf/", invoice_pdf, name="pdf"),
    path("<int:pk>/send/", send_invoice, name="send"),
    path("<int:pk>/send/undo/", undo_sending, name="undo_sending"),
]
