"""The morning page: the work that waits, the money, who is late, what colleagues did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import NoReverseMatch
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from core.money import ZERO
from core.timeline import from_audit
from core.urls_in import page_url
from core.views import StaffRequest, staff_view
from invoices.queries.schedules import schedules_billed_on
from reports.checklist import checklist
from reports.enums import Bucket
from reports.queries import Question, nothing_in, totals_of
from reports.queries import home as queries
from reports.strip import Strip, strip

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Tile:
    """One kind of work: how much, and the list that adds up to it."""

    label: Text
    count: int
    url: str
    icon: str
    kind: str = ""  # tint: "late" for what went wrong


@dataclass(frozen=True, slots=True)
class Account:
    """What is owed in one currency today, what is late of it, and what came in this month."""

    currency: str
    strip: Strip
    received: Decimal
    reversed_amount: Decimal
    url: str
    received_url: str
    reversed_url: str


@staff_view(permission="home.view")
@require_safe
def home(request: StaffRequest) -> HttpResponseBase:
    """Show what to do first; a new company's admin sees its first steps."""
    today = request.tenant.day_of(timezone.now())
    may = request.membership.allows
    found = queries.work(day=today)
    context: dict[str, Any] = {
        "today": today,
        "tiles": _tiles(request, found, today),
        "steps": checklist(request.tenant, found) if may("settings.edit") else [],
    }
    if may("reports.view"):
        context["accounts"] = _accounts(request, today)
        context["debtors"] = queries.latest_debtors(day=today)
    if may("audit.view"):
        context["events"] = from_audit(queries.recent_changes())
    return render(request, "reports/home.html", context)


def _tiles(request: StaffRequest, found: queries.Work, today: date) -> list[Tile]:
    """Return the work the member may see; what is nothing is left out."""

    def invoices(view: str) -> str:
        return _url(request, "invoices:list", view=view)

    wanted = [
        ("invoices.view", _("To review"), found.in_review, invoices("review"), "eye", ""),
        ("invoices.view", _("Returned"), found.returned, invoices("returned"), "arrow-back-up", ""),
        ("invoices.view", _("To issue"), found.approved, invoices("approved"), "file-check", ""),
        ("invoices.view", _("To send"), found.unsent, invoices("unsent"), "send", ""),
        (
            "messages.view",
            _("Mails to decide on"),
            found.undecided,
            _url(request, "messaging:list", undecided="on"),
            "alert-triangle",
            "late",
        ),
        (
            "payments.view",
            _("Receipts to allocate"),
            found.unused_receipts,
            _url(request, "payments:list", unused="on"),
            "cash",
            "",
        ),
    ]
    tiles = [
        Tile(label, count, url, icon, kind)
        for permission, label, count, url, icon, kind in wanted
        if count and url and request.membership.allows(permission)
    ]
    if found.held_today and request.membership.allows("collections.view"):
        url = _url(request, "collections:run", found.held_run_id, outcome="HELD")
        tiles.append(Tile(_("Reminders held today"), found.held_today, url, "bell-off"))
    return tiles + _coming(request, today)


def _coming(request: StaffRequest, today: date) -> list[Tile]:
    """Return what runs tomorrow and what failed."""
    tiles = []
    if request.membership.allows("invoices.view"):
        tomorrow = today + timedelta(days=1)
        count = len(schedules_billed_on(tomorrow))
        if count:
            url = _url(request, "invoices:schedules", next_bill=tomorrow)
            tiles.append(Tile(_("Schedules that run tomorrow"), count, url, "calendar-repeat"))
    if request.membership.allows("jobs.view"):
        for job in queries.failed_jobs(day=today):
            label = ngettext("failed row: %(title)s", "failed rows: %(title)s", job.failed)
            url = _url(request, "job", job.pk, rows="FAILED")
            tiles.append(
                Tile(label % {"title": job.title}, job.failed, url, "alert-circle", "late")
            )
    return tiles


def _accounts(request: StaffRequest, today: date) -> list[Account]:
    first = today.replace(day=1)
    received = {one.currency: one for one in queries.received_between(first, today)}
    rows = {row.currency: row for row in totals_of(Question(as_of=today))}
    own = request.tenant.currency
    accounts = []
    for currency in sorted(rows.keys() | received.keys(), key=lambda code: (code != own, code)):
        money = received.get(currency)
        days = {"received_after": first, "received_before": today, "currency": currency}
        url = _url(request, "reports:aging", as_of=today, currency=currency)
        accounts.append(
            Account(
                currency=currency,
                strip=strip(rows.get(currency) or nothing_in(currency), _segment(url)),
                received=money.amount if money else ZERO,
                reversed_amount=money.reversed_amount if money else ZERO,
                url=url,
                received_url=_url(request, "payments:list", **days),
                reversed_url=_url(request, "payments:list", reversed="on", **days),
            )
        )
    return accounts


def _segment(url: str) -> Callable[[Bucket], str]:
    return lambda bucket: f"{url}#{bucket.value}" if url else ""


def _url(request: StaffRequest, name: str, *args: Any, **query: Any) -> str:
    """Return a page's address; empty where an app above or below has no such page."""
    try:
        return page_url(request.tenant, name, *args, query=query or None)
    except NoReverseMatch:
        return ""
