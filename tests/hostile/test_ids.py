"""Ids in bodies and questions: another company's, or an unseen customer's, is as none at all."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from core.models import AuditEntry, Job, Membership, Tenant, User
from core.roles import Role
from core.tenancy import tenant_scope
from invoices.models import Delivery, InvoiceLine
from tests.conftest import NOON
from tests.factories import CustomerFactory
from tests.hostile.forms_with_ids import ASKED, BILL, POSTED, Case
from tests.opened import seen_at
from tests.test_access_matrix import MISSING
from tests.test_data_scope import needles
from tests.world import SECRET, build_world

pytestmark = pytest.mark.django_db
World = dict[str, int]
# What changes from answer to answer: tokens, ids and numbers, times.
_VARYING = re.compile(r'[0-9a-f]{8}-[0-9a-f-]{27}|[A-Za-z0-9]{64}|[0-9]+|name="seen" value="[^"]*"')


def world_of(tenant: Tenant) -> World:
    ids = build_world(tenant)
    with tenant_scope(tenant.pk):
        ids["delivery_of_bill"] = _delivery(ids)
    person = Membership.objects.filter(tenant=tenant, roles__contains=["ADMIN"])[0]
    return ids | {"user": person.user_id}


def _delivery(ids: World) -> int:
    made = Delivery.objects.create(
        invoice_id=ids["bill"], message_id=ids["message"], link_id=ids["link"], created_at=NOON
    )
    return made.pk


@pytest.fixture
def ours(tenant: Tenant, members: dict[str, User]) -> World:
    return world_of(tenant)


@pytest.fixture
def theirs(other_tenant: Tenant, members: dict[str, User]) -> World:
    return world_of(other_tenant)


class Desk:
    """Somebody who asks with one id or another, and nothing of it stays."""

    def __init__(self, person: User, tenant: Tenant, world: World) -> None:
        self.tenant, self.world, self.client = tenant, world, Client()
        self.client.force_login(person)

    def __call__(self, case: Case, pk: int) -> tuple[int, str, bool]:
        """Return status, text, and whether something was done."""
        path = f"/t/acme/{case.path.format(**self.world)}"
        fields = {name: value.format(**self.world) for name, value in case.fields.items()}
        name = f"{case.name}{pk}" if case.name.endswith("_") else case.name
        fields[name] = "1.00" if case.name.endswith("_") else case.form.format(pk)
        if case.path == "invoices/products/{product}/":
            fields |= seen_at(self.client, path)
        session = self.client.cookies["session"].value
        with transaction.atomic():
            before = self._marks()
            answer = getattr(self.client, case.method)(path, fields)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            text = f"{answer.headers.get('Location', '')} {body.decode(errors='replace')}"
            is_done = self._marks() != before
            transaction.set_rollback(True)
        self.client.cookies.clear()  # with what the next page would have told of this one
        self.client.cookies["session"] = session
        assert answer.status_code < 500, case
        return answer.status_code, _VARYING.sub("", text), is_done

    def _marks(self) -> tuple[int, int]:
        with tenant_scope(self.tenant.pk):
            return AuditEntry.objects.count(), Job.objects.count()


def test_another_companys_id_is_as_none(
    tenant: Tenant, ours: World, theirs: World, members: dict[str, User]
) -> None:
    desk, told = Desk(members[Role.ADMIN], tenant, ours), []
    for case in POSTED:
        foreign, missing = desk(case, theirs[case.of]), desk(case, MISSING)
        if foreign != missing or foreign[2] or SECRET in foreign[1]:
            told.append(f"{case}: {foreign[0]}, not {missing[0]}; done: {foreign[2]}")
    assert told == []


@pytest.mark.slow
def test_so_it_is_where_the_own_id_is_good(
    tenant: Tenant, ours: World, theirs: World, members: dict[str, User]
) -> None:
    """Addresses too; and each case with an id of one's own, which must make a difference."""
    desk, told = Desk(members[Role.ADMIN], tenant, ours), []
    for case in (*POSTED, *ASKED):
        own, foreign, missing = (desk(case, pk) for pk in (ours[case.of], theirs[case.of], MISSING))
        if own == missing:
            told.append(f"{case}: the id makes no difference, the case proves nothing")
        if foreign != missing or foreign[2] or SECRET in foreign[1]:
            told.append(f"{case}: {foreign[0]}, not {missing[0]}; done: {foreign[2]}")
        if case.method == "post" and own[2] and foreign[0] not in {302, 404, 409, 422}:
            told.append(f"{case}: {foreign[0]}")
    assert told == []


@pytest.fixture
def seller(tenant: Tenant, ours: World) -> User:
    """Return somebody with every role but the admin's who sees own customers only, and none yet."""
    person = User.objects.create_user("seller@acme.test")
    roles = [role.value for role in Role if role != Role.ADMIN]
    Membership.objects.create(tenant=tenant, user=person, roles=roles, data_scope="OWN")
    return person


def test_an_unseen_customers_id_is_as_none(tenant: Tenant, ours: World, seller: User) -> None:
    with tenant_scope(tenant.pk):
        mine = CustomerFactory(name="Own customer", owner=seller)
    desk = Desk(seller, tenant, ours | {"user": seller.pk, "customer": mine.pk})
    told, tried = [], 0
    for case in (*POSTED, *ASKED):
        if case.is_company_wide or "{" in case.path:
            continue
        tried += 1
        unseen, missing = desk(case, ours[case.of]), desk(case, MISSING)
        said = [word for word in needles() if word in unseen[1]]
        if unseen != missing or unseen[2] or said:
            told.append(f"{case}: {unseen[0]}, not {missing[0]}; done: {unseen[2]}; {said}")
    assert told == []
    assert tried > 20


def test_a_line_of_another_bill_is_not_taken(
    tenant: Tenant, other_tenant: Tenant, ours: World, theirs: World, members: dict[str, User]
) -> None:
    """A line's id that is not this bill's makes a new line, or is refused; the other one stays."""
    with tenant_scope(other_tenant.pk):
        foreign = InvoiceLine.objects.get(invoice=theirs["draft"])
    client = Client()
    client.force_login(members[Role.ADMIN])
    fields: dict[str, Any] = BILL | {
        "customer": str(ours["customer"]),
        "version": "1",
        "lines-0-tax_code": str(ours["tax"]),
        "lines-0-line_id": str(foreign.pk),
        "lines-0-description": "Taken over",
    }
    answer = client.post(f"/t/acme/invoices/{ours['draft']}/edit/", fields)
    assert answer.status_code in {302, 422}
    assert SECRET not in answer.content.decode()
    with tenant_scope(other_tenant.pk):
        after = InvoiceLine.objects.get(pk=foreign.pk)
        assert (after.invoice_id, after.description) == (theirs["draft"], foreign.description)
    with tenant_scope(tenant.pk):
        assert not InvoiceLine.objects.filter(pk=foreign.pk).exists()
