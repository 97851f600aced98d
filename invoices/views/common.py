"""What the pages of billing share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from core.http import safe_next
from core.undo import say_done
from core.urls_in import page_url
from core.views import StaffRequest
from invoices.models import Invoice
from invoices.operations import InvoiceRefusal

MOST_DIGITS = 10
LONGEST_ID = 18  # digits of a bigint that cannot overflow


def today(request: StaffRequest) -> date:
    """Return the company's day, also for filters that ask the request for it."""
    request.day = request.tenant.day_of(timezone.now())  # type: ignore[attr-defined]
    return request.day  # type: ignore[attr-defined,no-any-return]


def invoice_or_404(pk: int) -> Invoice:
    """Return the bill with its customer."""
    return get_object_or_404(Invoice.objects.select_related("customer", "terms"), pk=pk)


def url_of(request: HttpRequest, name: str, *args: Any) -> str:
    """Return the address of a page of the request's company."""
    return page_url(request.tenant, name, *args)  # type: ignore[attr-defined]


def seen_version(request: HttpRequest) -> int:
    """Return the version of the bill that the person saw; 0, which none has, if none is named."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < MOST_DIGITS else 0


def version_of(invoice: Invoice) -> dict[str, object]:
    """Return the field by which ``seen_version`` knows the bill as it stands."""
    return {"version": invoice.version}


def read_id(text: str) -> int | None:
    """Return the id a form names; None for what cannot be one."""
    is_id = text.isascii() and text.isdigit() and len(text) <= LONGEST_ID
    return int(text) if is_id else None


def go_to(request: HttpRequest, name: str, *args: Any) -> HttpResponse:
    """Redirect to a page of the request's company, or to where the form says it came from."""
    return redirect(safe_next(request, url_of(request, name, *args)))


def try_to(
    request: HttpRequest,
    act: Callable[[datetime], Any],
    *,
    done: Any,
    undo: str = "",
    fields: Callable[[Any], Mapping[str, object]] | None = None,
) -> Any | None:
    """
    Do one operation at this moment and say how it went; None if it was refused.

    ``done`` is the sentence for success, or a function of the result that returns it; ``undo`` an
    address that takes it back, where what ``fields`` returns of the result is posted.
    """
    try:
        result = act(timezone.now())
    except InvoiceRefusal as refused:
        messages.error(request, str(refused.message))
        return None
    text = str(done(result) if callable(done) else done)
    if undo:
        say_done(request, text, undo=undo, fields=fields(result) if fields else None)
    else:
        messages.success(request, text)
    return result
