"""Holding, releasing and archiving a customer; pausing its reminders. One page each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.forms import HouseForm
from core.http import unprocessable
from core.undo import say_done
from core.urls_in import page_url
from core.views import StaffRequest, View, staff_view
from customers import operations
from customers.forms import NoForm, PauseForm, ReasonForm
from customers.models import Customer
from customers.operations import CustomerRefused
from customers.views.common import customer_or_404


@dataclass(frozen=True, slots=True)
class Act:
    """One change of status: what it is called, what it asks and what it does."""

    title: str | Promise
    text: str | Promise
    button: str | Promise
    done: str | Promise
    form: type[HouseForm]
    operation: Callable[..., Customer]
    undo: str = ""  # the page that takes it back and asks nothing


def _view(act: Act, permission: str) -> View:
    @staff_view(permission=permission)
    def view(request: StaffRequest, pk: int) -> HttpResponseBase:
        customer = customer_or_404(pk)
        form = act.form(request.POST if request.method == "POST" else None)
        context: dict[str, Any] = {"customer": customer, "act": act, "form": form}
        if request.method != "POST":
            return render(request, "customers/act.html", context)
        if not form.is_valid():
            return unprocessable(request, "customers/act.html", context)
        try:
            act.operation(
                customer=customer, **form.cleaned_data, at=timezone.now(), actor=request.user
            )
        except CustomerRefused as refused:
            form.add_error(
                refused.field if refused.field in form.fields else None, str(refused.message)
            )
            return unprocessable(request, "customers/act.html", context)
        if act.undo:
            back = page_url(request.tenant, act.undo, customer.pk)
            say_done(request, str(act.done), undo=back)
        else:
            messages.success(request, str(act.done))
        return redirect(page_url(request.tenant, "customers:detail", customer.pk))

    return view


hold = _view(
    Act(
        _("Put on hold"),
        _("Nothing more is sold on credit to this customer until it is released."),
        _("Put on hold"),
        _("The customer is on hold."),
        ReasonForm,
        operations.put_on_hold,
        "customers:release",
    ),
    "customers.edit",
)
release = _view(
    Act(
        _("Release"),
        _("The hold ends; invoices can be issued again."),
        _("Release"),
        _("The customer was released."),
        NoForm,
        operations.release,
    ),
    "customers.edit",
)
archive = _view(
    Act(
        _("Archive"),
        _("The customer disappears from lists and choices. Its documents stay."),
        _("Archive"),
        _("The customer was archived."),
        NoForm,
        operations.archive,
        "customers:unarchive",
    ),
    "customers.edit",
)
unarchive = _view(
    Act(
        _("Bring back"),
        _("The customer appears in lists and choices again."),
        _("Bring back"),
        _("The customer is back."),
        NoForm,
        operations.unarchive,
        "customers:archive",
    ),
    "customers.edit",
)
pause = _view(
    Act(
        _("Pause reminders"),
        _("No reminder goes to this customer until then."),
        _("Pause reminders"),
        _("Reminders are paused."),
        PauseForm,
        operations.pause_reminders,
        "customers:resume",
    ),
    "collections.edit",
)
resume = _view(
    Act(
        _("Resume reminders"),
        _("The customer is reminded again of what is overdue."),
        _("Resume reminders"),
        _("Reminders go out again."),
        NoForm,
        operations.resume_reminders,
    ),
    "collections.edit",
)
