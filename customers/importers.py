"""Importing customers from a file: new ones are added; those there are changed where that is asked.

An empty cell changes nothing, nor does a column the file does not have.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.companies import active_tenant
from core.imports import (
    Changes,
    Importer,
    NotUndone,
    Parsed,
    Plan,
    Report,
    Row,
    RowError,
    Verdict,
    register,
)
from core.models import User
from core.tenancy import active_viewer, whole_company
from customers.enums import Channel, ContactRole, CustomerKind, CustomerStatus, PaymentMethod
from customers.import_changes import ChangedCustomer, changed
from customers.import_columns import (
    ADDRESSES,
    CHANNELS,
    COLUMNS,
    KINDS,
    LANGUAGES,
    METHODS,
    ROLES,
)
from customers.models import Customer, PaymentTerm
from customers.operations import (
    ContactDraft,
    CustomerDraft,
    CustomerRefused,
    EditedMeanwhile,
    NewCustomer,
    assign_owner,
    lock_accounts,
    remove_customer,
    update_customer,
)
from customers.operations.create import create_customers
from customers.operations.errors import BadOwner, CodeTaken, ExternalKeyTaken
from customers.operations.values import Defaults, checked
from customers.owners import possible_owners

NAME_LENGTH = 120  # of a contact


@dataclass(frozen=True, slots=True)
class ImportedCustomer:
    """What one row says: ``given`` are the columns it says something in.

    ``terms`` is a name, ``owner`` an e-mail address or a name.
    """

    new: NewCustomer
    terms: str
    owner: str
    given: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Work:
    news: list[tuple[Row, NewCustomer]]
    changes: list[ChangedCustomer]


class CustomerImporter(Importer):
    """Rows are told apart by code, those without a code by their external key."""

    kind = "customers"
    title = gettext_lazy("Customers")
    icon = "users"
    intro = gettext_lazy("Who your invoices go to, with a contact and an address each. Begin here.")
    permission = "customers.edit"
    page, list_page = "customers:detail", "customers:list"
    columns = COLUMNS
    model = Customer
    named_by = ("code", "name")
    refusals = (CustomerRefused, EditedMeanwhile)

    def options(self) -> dict[str, list[str]]:
        """Return the names of the payment terms in use."""
        terms = PaymentTerm.objects.filter(is_active=True).order_by("name")
        return {"terms": list(terms.values_list("name", flat=True))}

    def parse(self, row: Row) -> ImportedCustomer:
        """Return the row as a customer to be; see ``core.imports.Importer``."""
        currency = row.currency("currency", "") if row.text("currency", limit=3) else ""
        draft = CustomerDraft(
            name=row.text("name", limit=200, required=True),
            code=row.text("code", limit=32),
            short_name=row.text("short_name", limit=60),
            kind=row.choice("kind", KINDS, CustomerKind.COMPANY),
            tax_id=row.text("tax_id", limit=32),
            country=row.text("country", limit=2).upper(),
            language=row.choice("language", LANGUAGES, ""),
            currency=currency,
            payment_method=row.choice("payment_method", METHODS, PaymentMethod.TRANSFER),
            credit_limit=row.optional_amount("credit_limit", currency or active_tenant().currency),
            channel=row.choice("channel", CHANNELS, Channel.EMAIL),
            po_required=row.flag("po_required"),
            note=row.text("note", limit=2000, lines=True),
            external_key=row.text("external_key", limit=80),
        )
        if not draft.code and not draft.external_key:
            raise row.error("code", _("is empty, and there is no external key to know it again by"))
        addresses = {
            kind: text
            for column, kind in ADDRESSES.items()
            if (text := row.text(column, limit=500, lines=True))
        }
        given = frozenset(
            column.name for column in COLUMNS if row.text(column.name, limit=10_000, lines=True)
        )
        return ImportedCustomer(
            NewCustomer(draft, _contacts(row), addresses),
            row.text("terms", limit=80),
            row.text("owner", limit=254).casefold(),
            given,
        )

    def keys(self, record: ImportedCustomer) -> tuple[str, ...]:
        """Return the code and the external key: only one row may have them."""
        draft = record.new.draft
        return tuple(
            f"{name}:{value}"
            for name, value in (("code", draft.code), ("external_key", draft.external_key))
            if value
        )

    def plan(self, records: Sequence[Parsed], *, at: datetime) -> Plan:
        """Tell the customers to add from those to change; see ``core.imports.Importer``."""
        report, work = Report(), _Work([], [])
        terms = {term.name: term for term in PaymentTerm.objects.filter(is_active=True)}
        existing, owners = _Existing(records), _owners(records)
        defaults = Defaults()
        seen: dict[str, Row] = {}
        for parsed in records:
            row, record = parsed.row, parsed.record
            try:
                if record.terms and record.terms not in terms:
                    raise row.error("terms", _("is no payment term of the company"))
                if record.owner and record.owner not in owners:
                    raise row.error("owner", str(BadOwner.message))
                draft = replace(
                    record.new.draft,
                    terms=terms.get(record.terms),
                    owner=owners.get(record.owner),
                )
                _refuse_twins(row, draft, seen)
                new = replace(record.new, draft=draft)
                if customer := existing.find(row, draft):
                    self._compare(row, new, record.given, customer, report, work)
                else:
                    _checked(row, defaults.filled(draft))
                    report.tell(row, Verdict.NEW)
                    work.news.append((row, new))
            except RowError as error:
                report.errors.append(error)
        return Plan(report, work)

    def _compare(
        self,
        row: Row,
        new: NewCustomer,
        given: frozenset[str],
        customer: Customer,
        report: Report,
        work: _Work,
    ) -> None:
        try:
            change = changed(customer, new, given)
        except CustomerRefused as refused:
            raise row.error(refused.field, str(refused.message)) from refused
        if not change.shown:
            report.tell(row, Verdict.SAME, subject_id=customer.pk)
            return
        _refuse_change(row, change.shown, customer, may_update=self.updates)
        report.tell(row, Verdict.UPDATE, changes=change.shown, subject_id=customer.pk)
        work.changes.append(change)

    def write(self, plan: Plan, *, at: datetime, actor: User | None) -> None:
        """Add what is new, by one operation; change each of the others by its own."""
        work: _Work = plan.work
        lock_accounts(change.customer.pk for change in work.changes)
        for change in work.changes:
            update_customer(
                customer=change.customer,
                version=change.customer.version,
                changes=change.values,
                contacts=change.contacts,
                addresses=change.addresses,
                at=at,
                actor=actor,
            )
            if change.owner is not None:
                assign_owner(customer=change.customer, owner=change.owner, at=at, actor=actor)
        made = create_customers([new for _row, new in work.news], at=at, actor=actor)
        for (row, _new), customer in zip(work.news, made, strict=True):
            plan.report.tell(row, Verdict.NEW, subject_id=customer.pk)

    def undo(
        self, subject: Customer, *, verdict: Verdict, at: datetime, actor: User | None
    ) -> None:
        """Remove a customer of whom nothing is known but what the import said."""
        try:
            remove_customer(customer=subject, at=at, actor=actor)
        except CustomerRefused as refused:
            raise NotUndone(str(refused.message)) from refused


def _owners(records: Iterable[Parsed]) -> dict[str, User]:
    """
    Return whom customers may be given to, by address, and by the name that only one of them has.

    Our own lists write names. Nothing is asked where no row names anybody.
    """
    if not any(parsed.record.owner for parsed in records):
        return {}
    people = list(possible_owners())
    names = Counter(str(one).casefold() for one in people)
    by_name = {str(one).casefold(): one for one in people if names[str(one).casefold()] == 1}
    return by_name | {one.email.casefold(): one for one in people}


class _Existing:
    """The customers a file speaks of that are there: three queries, whatever its length.

    Of those whom the viewer does not see it knows that their codes and keys are taken, no more.
    """

    def __init__(self, records: Iterable[Parsed]) -> None:
        drafts = [parsed.record.new.draft for parsed in records]
        named = Customer.objects.filter(
            Q(code__in={draft.code for draft in drafts if draft.code})
            | Q(external_key__in={d.external_key for d in drafts if d.external_key})
        )
        rows = named.select_related("terms", "owner").prefetch_related("contacts", "addresses")
        unseen: list[tuple[str, str]] = []
        if active_viewer() is not None:
            seen = {row.pk for row in rows}
            with whole_company():
                unseen = list(named.exclude(pk__in=seen).values_list("code", "external_key"))
        self._taken = {code for code, _key in unseen}
        self._taken_keys = {key for _code, key in unseen if key}
        self._by_code = {row.code: row for row in rows}
        self._by_key = {row.external_key: row for row in rows if row.external_key}

    def find(self, row: Row, draft: CustomerDraft) -> Customer | None:
        by_code = self._by_code.get(draft.code) if draft.code else None
        by_key = self._by_key.get(draft.external_key) if draft.external_key else None
        if draft.code in self._taken:
            raise row.error("code", str(CodeTaken.message))
        if draft.external_key in self._taken_keys:
            raise row.error("external_key", str(ExternalKeyTaken.message))
        if draft.code and by_key and by_key != by_code:
            raise row.error(
                "external_key", _("belongs to customer %(code)s") % {"code": by_key.code}
            )
        return by_code or by_key


def _contacts(row: Row) -> tuple[ContactDraft, ...]:
    name = row.text("contact_name", limit=120)
    email = row.text("contact_email", limit=254)
    phone = row.text("contact_phone", limit=40)
    if not name and not email and not phone:
        return ()
    if email:
        try:
            validate_email(email)
        except ValidationError:
            raise row.error("contact_email", _("is no e-mail address")) from None
    roles = tuple(
        replace(row, cells={"contact_roles": word}).choice("contact_roles", ROLES, "")
        for word in re.split(r"[;,|/、，；]\s*", row.text("contact_roles", limit=200))
        if word
    )
    called = (name or email or phone)[:NAME_LENGTH]
    return (ContactDraft(called, email, phone, roles or (ContactRole.BILLING,)),)


def _refuse_twins(row: Row, draft: CustomerDraft, seen: dict[str, Row]) -> None:
    for column, value in (("code", draft.code), ("external_key", draft.external_key)):
        earlier = seen.setdefault(f"{column}:{value}", row) if value else row
        if earlier is not row:
            raise row.error(column, _("stands in row %(row)s already") % {"row": earlier.number})


def _checked(row: Row, values: dict[str, Any]) -> None:
    try:
        checked(values)
    except CustomerRefused as refused:
        raise row.error(refused.field, str(refused.message)) from refused


def _refuse_change(row: Row, shown: Changes, customer: Customer, *, may_update: bool) -> None:
    """Refuse a row that says other than what is there, where that must not be changed."""
    if customer.status == CustomerStatus.ARCHIVED:
        raise row.error(
            next(iter(shown)),
            _("differs from customer %(code)s, who is archived; bring the customer back first")
            % {"code": customer.code},
        )
    if not may_update:
        raise row.error(
            next(iter(shown)),
            _("differs from customer %(code)s, who is there already; an import changes nothing")
            % {"code": customer.code},
        )


register(CustomerImporter())
