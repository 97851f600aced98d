"""Customers and their contacts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from api import expansions, ids
from api.filtering import Filters, id_of, read, text
from api.operations.changes import newest_contact, write_contacts
from api.serializers.customers import (
    ContactGiven,
    ContactShown,
    CustomerGiven,
    CustomerShown,
    NewCustomerGiven,
    TermsShown,
    addresses_of,
    without_currency,
)
from api.views.base import NO_BODY, ApiView, does
from customers import operations
from customers.filters import CustomerFilter
from customers.models import Contact, Customer, PaymentTerm
from customers.operations import ContactDraft, CustomerDraft
from customers.owners import NOBODY

FILTERS = Filters(CustomerFilter, without=frozenset({"owner"}))
OWNER = text("owner", most=254)  # an e-mail address, or none
CUSTOMER = id_of("customer", ids.CUSTOMER)


class CustomerView(ApiView):
    """What the views of customers share."""

    tag, prefix = "customers", ids.CUSTOMER

    def rows(self) -> QuerySet[Customer]:
        return expansions.customers(day=self.day)

    def customer(self, pk: int, **kwargs: Any) -> Response:
        return self.shown(self.rows().get(pk=pk), CustomerShown, **kwargs)


class Customers(CustomerView):
    @does(
        "customers_list", "List customers", scope="customers:read", returns=CustomerShown,
        is_list=True, filters=FILTERS, parameters=(OWNER,),
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        rows = self.rows()
        if chosen := read(request, OWNER):
            [owner] = chosen
            nobody = Q(owner__isnull=True)
            rows = rows.filter(nobody if owner == NOBODY else Q(owner__email__iexact=owner))
        return self.page(rows, CustomerShown, FILTERS)

    @does(
        "customers_create", "Add a customer", scope="customers:write", takes=NewCustomerGiven,
        returns=CustomerShown, status=201,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        values = dict(self.body)
        contacts = [ContactDraft(**_contact(one)) for one in values.pop("contacts", [])]
        addresses = addresses_of(values.pop("addresses", {}))
        values = without_currency(values, values.get("currency") or self.tenant.currency)
        customer = operations.create_customer(
            draft=CustomerDraft(**values),
            contacts=contacts,
            addresses=addresses,
            at=self.at,
            actor=self.actor,
        )
        where = reverse("api:customer", args=[ids.written(ids.CUSTOMER, customer.pk)])
        return self.customer(customer.pk, status=201, location=where)


class CustomerDetail(CustomerView):
    @does(
        "customers_read", "Read a customer", scope="customers:read", returns=CustomerShown,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        return self.shown(self.found(self.rows()), CustomerShown)

    @does(
        "customers_change", "Change a customer", scope="customers:write", takes=CustomerGiven,
        returns=CustomerShown, has_version=True,
    )  # fmt: skip
    def patch(self, request: Request) -> Response:
        customer = operations.lock_account(self.found(Customer.objects.all()).pk)
        values = dict(self.body)
        addresses = values.pop("addresses", None)
        if addresses is not None:
            present = {one.kind: one.text for one in customer.addresses.order_by("pk")}
            addresses = present | addresses_of(addresses)
        gives, owner = "owner" in values, values.pop("owner", None)
        changes = without_currency(values, values.get("currency") or customer.currency)
        version = customer.version if self.version is None else self.version
        operations.update_customer(
            customer=customer,
            version=version,
            changes=changes,
            addresses=addresses,
            at=self.at,
            actor=self.actor,
        )
        if gives:
            operations.assign_owner(customer=customer, owner=owner, at=self.at, actor=self.actor)
        return self.customer(customer.pk)


class CustomerContacts(CustomerView):
    tag = "contacts"

    @does(
        "contacts_of_customer", "List a customer's contacts", scope="customers:read",
        returns=ContactShown, is_list=True,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        customer = self.found(Customer.objects.all())
        return self.page(Contact.objects.filter(customer=customer), ContactShown)

    @does(
        "contacts_create", "Add a contact", scope="customers:write", takes=ContactGiven,
        returns=ContactShown, status=201, has_version=True,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        added = ContactDraft(**_contact(self.body))
        customer = write_contacts(
            customer=self.found(Customer.objects.all()),
            version=self.version,
            change=lambda present: [*present, added],
            at=self.at,
            actor=self.actor,
        )
        contact = newest_contact(customer)
        where = reverse("api:contact", args=[ids.written(ids.CONTACT, contact.pk)])
        return self.shown(contact, ContactShown, status=201, location=where)


class Contacts(ApiView):
    tag = "contacts"

    @does(
        "contacts_list", "List contacts", scope="customers:read", returns=ContactShown,
        is_list=True, parameters=(CUSTOMER,),
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        rows = Contact.objects.all()
        if chosen := read(request, CUSTOMER):
            rows = rows.filter(customer=int(chosen[0]))
        return self.page(rows, ContactShown)


class ContactDetail(ApiView):
    tag, prefix = "contacts", ids.CONTACT

    @does("contacts_read", "Read a contact", scope="customers:read", returns=ContactShown)
    def get(self, request: Request) -> Response:
        return self.shown(self.found(Contact.objects.all()), ContactShown)

    @does(
        "contacts_change", "Change a contact", scope="customers:write", takes=ContactGiven,
        returns=ContactShown, has_version=True,
    )  # fmt: skip
    def patch(self, request: Request) -> Response:
        contact = self.found(Contact.objects.select_related("customer"))
        given = _contact(self.body)
        self._write(contact, lambda one: replace(one, **given))
        return self.shown(Contact.objects.get(pk=contact.pk), ContactShown)

    @does("contacts_delete", "Remove a contact", scope="customers:write", status=NO_BODY)
    def delete(self, request: Request) -> Response:
        self._write(self.found(Contact.objects.select_related("customer")), lambda _one: None)
        return Response(status=NO_BODY)

    def _write(self, contact: Contact, change: Any) -> None:
        def changed(present: list[ContactDraft]) -> list[ContactDraft]:
            if contact.pk not in {one.id for one in present}:
                raise Http404  # removed since it was found
            new = [change(one) if one.id == contact.pk else one for one in present]
            return [one for one in new if one is not None]

        write_contacts(
            customer=contact.customer,
            version=self.version,
            change=changed,
            at=self.at,
            actor=self.actor,
        )


class Terms(ApiView):
    tag = "terms"

    @does(
        "terms_list", "List payment terms", scope="customers:read", returns=TermsShown,
        is_list=True,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        return self.page(PaymentTerm.objects.all(), TermsShown)


def _contact(given: dict[str, Any]) -> dict[str, Any]:
    return given | ({"roles": tuple(given["roles"])} if "roles" in given else {})
