"""Adding and changing a customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext

from core import once
from core.http import safe_next, unprocessable
from core.urls_in import page_url
from core.views import StaffRequest, staff_view
from customers import operations
from customers.forms import ContactFormSet, CustomerForm, contact_rows
from customers.models import Customer
from customers.operations import CustomerRefused, EditedMeanwhile
from customers.views.common import customer_or_404

TEMPLATE = "customers/edit.html"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that two editors see differently."""

    label: str
    mine: str
    theirs: str


@staff_view(permission="customers.edit")
def customer_new(request: StaffRequest) -> HttpResponseBase:
    """Ask for a new customer and add it; ``?next=`` goes back to where it is needed."""
    named = {"name": request.GET.get("name", "").replace("\x00", "")[:200]}
    form = CustomerForm(request.POST or None, initial=named, tenant=request.tenant)
    contacts = ContactFormSet(request.POST or None, prefix="contacts")
    if request.method != "POST":
        return _shown(request, form, contacts)
    if done := once.earlier_result(request, ""):
        return redirect(done)  # before the customer is found to be a duplicate of itself
    if not (form.is_valid() & contacts.is_valid()):
        return _refused(request, form, contacts)
    try:
        with transaction.atomic():  # a refusal gives the form's token back
            if not once.first_time(request):
                default = page_url(request.tenant, "customers:list")
                return redirect(once.earlier_result(request, default))
            customer = operations.create_customer(
                draft=form.draft(),
                contacts=contacts.drafts(),
                addresses=form.addresses(),
                at=timezone.now(),
                actor=request.user,
            )
            url = _after_adding(request, customer)
            once.remember_result(request, url)
    except CustomerRefused as refused:
        _mark(form, refused)
        return _refused(request, form, contacts)
    messages.success(request, gettext("Customer %(code)s was added.") % {"code": customer.code})
    return redirect(url)


def _after_adding(request: StaffRequest, customer: Customer) -> str:
    """Return the customer's page, or where the person came from, told whom they added."""
    detail = page_url(request.tenant, "customers:detail", customer.pk)
    back = safe_next(request, detail) if "next" in request.GET else detail
    return back if back == detail else f"{back}{'&' if '?' in back else '?'}customer={customer.pk}"


@staff_view(permission="customers.edit")
def customer_edit(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Ask for a customer's data, contacts and addresses, and change them."""
    customer = customer_or_404(pk)
    form = CustomerForm(request.POST or None, instance=customer, tenant=request.tenant)
    contacts = ContactFormSet(
        request.POST or None, prefix="contacts", initial=contact_rows(customer)
    )
    if request.method != "POST":
        return _shown(request, form, contacts, customer=customer)
    if not (form.is_valid() & contacts.is_valid()):
        return _refused(request, form, contacts, customer=customer)
    try:
        customer = operations.update_customer(
            customer=customer,
            version=form.cleaned_data["version"] or 0,
            changes=form.values(),
            contacts=contacts.drafts(),
            addresses=form.addresses(),
            at=timezone.now(),
            actor=request.user,
        )
    except EditedMeanwhile as edited:
        return _conflict(request, form, contacts, edited)
    except CustomerRefused as refused:
        _mark(form, refused)
        return _refused(request, form, contacts, customer=customer)
    messages.success(request, gettext("The changes were saved."))
    return redirect(page_url(request.tenant, "customers:detail", customer.pk))


def _conflict(
    request: StaffRequest, form: CustomerForm, contacts: Any, edited: EditedMeanwhile
) -> HttpResponse:
    """Show what was typed beside what stands; saving again then means to overwrite."""
    theirs = CustomerForm(instance=edited.current, tenant=request.tenant)
    differences = [
        Difference(str(field.label), mine, other)
        for field in form.visible_fields()
        if field.name != "same_anyway"
        and (mine := _written(form, field.name)) != (other := _written(theirs, field.name))
    ]
    data = request.POST.copy()
    data["version"] = str(edited.current.version)
    form.data = data
    return unprocessable(
        request,
        TEMPLATE,
        {
            "form": form,
            "contacts": contacts,
            "customer": edited.current,
            "conflict": edited,
            "differences": differences,
            "their_contacts": edited.current.contacts.order_by("pk"),
        },
    )


def _written(form: CustomerForm, name: str) -> str:
    """Return a field's value as the page shows it, an option by its words."""
    bound = form[name]
    value = bound.value()
    choices = getattr(bound.field, "choices", None)
    if choices is not None:
        value = {str(key): str(label) for key, label in choices}.get(str(value or ""), value)
    if isinstance(value, bool) or bound.field.widget.__class__.__name__ == "CheckboxInput":
        value = gettext("yes") if value in (True, "on", "True") else gettext("no")
    return str(bound.field.prepare_value(value) or "").replace("\r\n", "\n").strip()


def _mark(form: CustomerForm, refused: CustomerRefused) -> None:
    """Put the refusal beside its field."""
    form.add_error(refused.field if refused.field in form.fields else None, str(refused.message))


def _shown(
    request: StaffRequest, form: CustomerForm, contacts: Any, *, customer: Customer | None = None
) -> HttpResponse:
    return render(request, TEMPLATE, {"form": form, "contacts": contacts, "customer": customer})


def _refused(
    request: StaffRequest, form: CustomerForm, contacts: Any, *, customer: Customer | None = None
) -> HttpResponse:
    return unprocessable(
        request, TEMPLATE, {"form": form, "contacts": contacts, "customer": customer}
    )
