"""The review queue: the risky first, then the oldest; decide and go on to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.http import UNPROCESSABLE
from core.money import ZERO
from core.once import first_time
from core.urls_in import page_url
from core.views import StaffRequest, staff_view
from invoices import operations
from invoices.enums import CheckLevel
from invoices.forms.invoice import ReturnForm
from invoices.models import Invoice
from invoices.presentation import LEVEL_ICONS, LEVEL_KINDS
from invoices.queries import detail as queries
from invoices.queries.checks import Finding, findings_of_many, worst
from invoices.queries.hands import with_a_hand_of
from invoices.views.common import (
    invoice_or_404,
    read_id,
    seen_version,
    today,
    try_to,
    url_of,
    version_of,
)

SHOWN = 200


@dataclass(frozen=True, slots=True)
class Waiting:
    """One bill of the queue with what the checks say of it."""

    invoice: Invoice
    findings: list[Finding]
    level: str
    had_a_hand: bool
    needs_other: bool

    @property
    def own_work(self) -> bool:
        """Test if somebody else has to approve it."""
        return self.had_a_hand and self.needs_other

    @property
    def is_clean(self) -> bool:
        """Test if the person may approve it without a look at a warning."""
        return self.level == CheckLevel.OK and not self.own_work

    @property
    def as_seen(self) -> str:
        """Name the bill and the version of it that a page showed."""
        return f"{self.invoice.pk}-{self.invoice.version}"

    @property
    def kind(self) -> str:
        return LEVEL_KINDS[CheckLevel(self.level)]

    @property
    def icon(self) -> str:
        return LEVEL_ICONS[CheckLevel(self.level)]

    @property
    def speaking(self) -> list[Finding]:
        """What is not in order."""
        return [finding for finding in self.findings if finding.level != CheckLevel.OK]


def _queue(request: StaffRequest) -> list[Waiting]:
    invoices = list(
        Invoice.objects.in_review()
        .select_related("customer", "submitted_by")
        .order_by("submitted_at", "pk")[:SHOWN]
    )
    findings = findings_of_many(invoices, day=today(request)) if invoices else {}
    own = with_a_hand_of(invoices, request.user)
    waiting = [
        Waiting(
            invoice=invoice,
            findings=findings[invoice.pk],
            level=worst(findings[invoice.pk]),
            had_a_hand=invoice.pk in own,
            needs_other=request.tenant.needs_second_person,
        )
        for invoice in invoices
    ]
    return sorted(waiting, key=lambda one: CheckLevel.values.index(one.level))


@staff_view(permission="invoices.view")
@require_safe
def review_queue(request: StaffRequest) -> HttpResponse:
    """Show the queue and the bill that is being looked at; ``?invoice=`` chooses it."""
    return _show(request)


def _show(
    request: StaffRequest,
    *,
    chosen: int | None = None,
    form: ReturnForm | None = None,
    status: int = 200,
) -> HttpResponse:
    waiting = _queue(request)
    asked = str(chosen) if chosen else request.GET.get("invoice", "")
    current = next((one for one in waiting if str(one.invoice.pk) == asked), None)
    if current is None and waiting:
        current = waiting[0]
    context: dict[str, Any] = {
        "waiting": waiting,
        "current": current,
        "clean_count": sum(one.is_clean for one in waiting),
        "total_count": Invoice.objects.in_review().count(),
        "form": form or ReturnForm(),
        "level_icons": LEVEL_ICONS,
        "today": today(request),
    }
    if current is not None:
        context["lines"] = queries.lines_of(current.invoice)
        context["taxes"] = queries.taxes_of(current.invoice)
        context["pdf_url"] = url_of(request, "invoices:pdf", current.invoice.pk)
        context["next_pk"] = _next_pk(waiting, current)
    return render(request, "invoices/review.html", context, status=status)


def _next_pk(waiting: list[Waiting], current: Waiting) -> int | None:
    index = waiting.index(current)
    rest = waiting[index + 1 :] or waiting[:index]
    return rest[0].invoice.pk if rest else None


@staff_view(permission="invoices.approve")
@require_POST
def review_decide(request: StaffRequest, *, pk: int) -> HttpResponse:
    """Approve the bill or return it with a reason, and show the next."""
    invoice = invoice_or_404(pk)
    following = request.POST.get("next_invoice", "")
    back = page_url(request.tenant, "invoices:reconsider", pk)
    if request.POST.get("decision") == "approve":
        version = seen_version(request)
        done = try_to(
            request,
            lambda at: operations.approve(
                invoice=invoice, version=version, at=at, actor=request.user
            ),
            done=_("Approved."),
            undo=back,
            fields=version_of,
        )
        if done is None:
            return _show(request, chosen=pk, status=UNPROCESSABLE)
    else:
        form = ReturnForm(request.POST)
        if not form.is_valid():
            return _show(request, chosen=pk, form=form, status=UNPROCESSABLE)
        done = try_to(
            request,
            lambda at: operations.return_(
                invoice=invoice,
                reason=form.cleaned_data["reason"],
                comment=form.cleaned_data["comment"],
                at=at,
                actor=request.user,
            ),
            done=_("Returned."),
            undo=back,
            fields=version_of,
        )
    show = str(pk) if done is None else following
    known = show.isascii() and show.isdigit()
    query = {"invoice": show} if known else None
    return redirect(page_url(request.tenant, "invoices:review", query=query))


@staff_view(permission="invoices.approve")
@require_http_methods(["GET", "HEAD", "POST"])
def review_approve_clean(request: StaffRequest) -> HttpResponse:
    """Approve all that have no warnings, after a page that says how many and how much."""
    clean = [one for one in _queue(request) if one.is_clean]
    if request.method != "POST":
        return _asked_about(request, clean)
    seen = set(request.POST.getlist("invoice"))
    if not _are_bills(seen):
        messages.error(request, _("Choose the invoices again."))
        return _show(request, status=UNPROCESSABLE)
    if not first_time(request):
        return redirect(url_of(request, "invoices:review"))
    approved, left, own = 0, 0, 0
    for one in clean:
        if one.as_seen not in seen:
            continue
        try:
            operations.approve(
                invoice=one.invoice,
                version=one.invoice.version,
                at=timezone.now(),
                actor=request.user,
            )
            approved += 1
        except operations.OwnWork:
            own += 1
        except operations.InvoiceRefusal:
            left += 1
    left += len(seen - {one.as_seen for one in clean})
    _tell(request, approved=approved, left=left, own=own)
    return redirect(url_of(request, "invoices:review"))


def _tell(request: StaffRequest, *, approved: int, left: int, own: int) -> None:
    """Say how many were approved, and why the others were not."""
    text = ngettext("%(count)s invoice approved.", "%(count)s invoices approved.", approved)
    messages.success(request, text % {"count": approved})
    if left:
        text = ngettext(
            "%(count)s invoice changed meanwhile and still waits.",
            "%(count)s invoices changed meanwhile and still wait.",
            left,
        )
        messages.warning(request, text % {"count": left})
    if own:
        text = ngettext(
            "%(count)s invoice is your own work; somebody else has to approve it.",
            "%(count)s invoices are your own work; somebody else has to approve them.",
            own,
        )
        messages.warning(request, text % {"count": own})


def _are_bills(seen: set[str]) -> bool:
    """Test if all that a page says it showed are bills that the person sees."""
    read = {read_id(one.partition("-")[0]) for one in seen}
    ids = {pk for pk in read if pk is not None}
    return None not in read and Invoice.objects.filter(pk__in=ids).count() == len(ids)


def _asked_about(request: StaffRequest, clean: list[Waiting]) -> HttpResponse:
    """Say how many bills are about to be approved, how much they come to, and the largest."""
    sums: dict[str, Any] = {}
    for one in clean:
        count, total = sums.get(one.invoice.currency, (0, ZERO))
        sums[one.invoice.currency] = (count + 1, total + one.invoice.total_amount)
    largest = sorted(clean, key=lambda one: one.invoice.total_amount, reverse=True)[:5]
    context = {
        "clean": clean,
        "sums": [(code, *sums[code]) for code in sorted(sums)],
        "largest": largest,
    }
    return render(request, "invoices/review_confirm.html", context)
