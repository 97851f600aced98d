"""Who may call every address of the API, derived from what each handler says of itself.

An address or method that is added and says nothing fails here. For each: no key, each role's key
with every scope, the admin's key with every scope but the one needed; and the other company's
objects, which answer like what is not there.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.db import transaction
from django.urls import get_resolver

from api import ids
from api.enums import PERMISSION_OF, Scope
from api.urls import resources
from api.views.base import ApiView
from core.models import Tenant, User
from core.roles import PERMISSIONS, ROLE_PERMISSIONS, Role
from core.tenancy import tenant_scope
from customers.models import Contact
from invoices.models import InvoiceLine
from tests.api.conftest import EVERY_SCOPE, Program, make_key
from tests.test_access_matrix import all_patterns
from tests.world import SECRET, build_world

METHODS = ("get", "post", "patch", "delete")
MISSING = 987_654_321
WORLD = {
    ids.CUSTOMER: "customer",
    ids.PRODUCT: "product",
    ids.CHARGE: "charge",
    ids.INVOICE: "draft",
    ids.RECEIPT: "receipt",
    ids.ALLOCATION: "allocation",
    ids.ITEM: "item",
    ids.JOB: "job",
    ids.CONTACT: "contact",
    ids.IMPORT: "import",
}


def handlers() -> list[tuple[str, str, type[ApiView]]]:
    found = []
    for entry in resources:
        view: Any = entry.callback
        cls = view.cls
        found += [(str(entry.pattern), method, cls) for method in METHODS if hasattr(cls, method)]
    return found


HANDLERS = handlers()


def world_of(tenant: Tenant) -> dict[str, int]:
    ids_of = build_world(tenant)
    with tenant_scope(tenant.pk):
        return ids_of | {"contact": Contact.objects.get().pk}


def address(path: str, prefix: str, world: dict[str, int] | None) -> str:
    pk = MISSING if world is None else world[WORLD[prefix]] if prefix else 0
    return re.sub(r"<str:id>", f"{prefix}_{pk}", path)


def ask(program: Program, method: str, path: str, body: Any = None) -> Any:
    """Ask in a savepoint that is rolled back."""
    with transaction.atomic():
        kwargs: dict[str, Any] = {"headers": program.headers}
        if method in {"post", "patch"}:
            kwargs |= {"data": "{}" if body is None else body, "content_type": "application/json"}
        answer = getattr(program.client, method)(f"/api/v1/{path}", **kwargs)
        transaction.set_rollback(True)
    return answer


def test_no_address_is_left_out() -> None:
    """What the matrix of the pages hands over is all here, or public with a reason."""
    listed = {f"/api/v1/{entry.pattern}" for entry in resources}
    for path, _name, entry in all_patterns(get_resolver()):
        if path.startswith("/api/"):
            policy = entry.callback.policy
            assert (policy.audience == "key") == (path in listed), path
            assert policy.audience in {"key", "public"}, path


def test_every_handler_says_what_it_does() -> None:
    names = []
    for path, method, cls in HANDLERS:
        does = getattr(cls, method).does
        assert does.scope in PERMISSION_OF or (does.scope, path) == ("", "key/"), path
        assert ("<str:id>" in path) == bool(path.count("/") > 1), path
        if "<str:id>" in path:
            assert cls.prefix in WORLD, path
        names.append(does.name)
    assert len(names) == len(set(names))
    assert set(PERMISSION_OF) == set(Scope.values)
    assert set(PERMISSION_OF.values()) <= set(PERMISSIONS)


@pytest.mark.django_db
def test_who_may_call(members: dict[str, User], tenant: Tenant, other_tenant: Tenant) -> None:
    ours, theirs = world_of(tenant), world_of(other_tenant)
    programs = {role: Program(make_key(tenant, members[role])) for role in ROLE_PERMISSIONS}
    without = {
        scope: Program(make_key(tenant, members[Role.ADMIN], *(set(EVERY_SCOPE) - {scope})))
        for scope in EVERY_SCOPE
    }
    stranger = Program(make_key(other_tenant, members["STRANGER"]))
    for path, method, cls in HANDLERS:
        does, own = getattr(cls, method).does, address(path, cls.prefix, ours)
        where = f"{method} {own}"
        assert ask(Program(), method, own).status_code == 401, where
        admitted = set()
        for role, program in programs.items():
            answer = ask(program, method, own)
            if _may(role, does.scope, path):
                assert answer.status_code not in {401, 403}, (where, role)
                assert answer.status_code < 500, (where, answer.content)
                admitted.add(answer.status_code)
            else:
                assert answer.status_code == 403, (where, role, answer.status_code)
                assert answer.json()["code"] == "permission_missing"
        done_or_judged = {200, 201, 202, 204, 409, 422}
        # A file is no JSON; that its kind and bytes are judged is shown in test_imports.
        if (path, method) == ("imports/", "post"):
            done_or_judged = {415}
        assert admitted & done_or_judged, (where, admitted)
        if does.scope:
            answer = ask(without[does.scope], method, own)
            assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing"), where
        if cls.prefix and "<str:id>" in path:
            _stays_hidden(programs[Role.ADMIN], method, path, cls, theirs)
            assert ask(stranger, method, own).status_code in {404, 422}, where


# The world's job sends a bill: whoever steers it needs the right to do so, too.
ALSO_NEEDED = {
    "jobs/<str:id>/retry/": "invoices.send",
    "jobs/<str:id>/cancel/": "invoices.send",
}


def _may(role: str, scope: str, path: str) -> bool:
    needed = {PERMISSION_OF[scope]} if scope else set()
    needed |= {ALSO_NEEDED[path]} if path in ALSO_NEEDED else set()
    return needed <= ROLE_PERMISSIONS[role]


def _stays_hidden(
    program: Program, method: str, path: str, cls: type[ApiView], theirs: dict[str, int]
) -> None:
    body = BODIES.get((path, method))
    foreign = ask(program, method, address(path, cls.prefix, theirs), body)
    missing = ask(program, method, address(path, cls.prefix, None), body)
    assert foreign.status_code == missing.status_code == 404, (path, method, foreign.content)
    said = [answer.json() | {"request_id": ""} for answer in (foreign, missing)]
    assert said[0] == said[1]
    assert SECRET not in foreign.content.decode()


BODIES = {
    ("customers/<str:id>/contacts/", "post"): '{"name": "X"}',
    ("imports/<str:id>/mend/", "post"): '{"row": 2, "anyway": true}',
    ("invoices/<str:id>/return/", "post"): '{"reason": "PRICE"}',
    ("invoices/<str:id>/void/", "post"): '{"reason": "X"}',
    ("receipts/<str:id>/reverse/", "post"): '{"reason": "X"}',
}


@pytest.mark.django_db
def test_lists_show_nothing_of_the_other_company(
    members: dict[str, User], tenant: Tenant, other_tenant: Tenant
) -> None:
    ours = world_of(tenant)
    world_of(other_tenant)
    program = Program(make_key(tenant, members[Role.ADMIN]))
    for path, method, cls in HANDLERS:
        if method == "get":
            answer = ask(program, "get", address(path, cls.prefix, ours))
            assert answer.status_code == 200 or path.endswith("document/"), path
            assert SECRET not in answer.content.decode(errors="replace"), path


# Every field of a body that names a row: with the other company's id it is as unknown as none.
@pytest.mark.django_db
def test_ids_in_bodies(members: dict[str, User], tenant: Tenant, other_tenant: Tenant) -> None:
    ours, theirs = world_of(tenant), world_of(other_tenant)
    with tenant_scope(other_tenant.pk):
        theirs["draft_line"] = InvoiceLine.objects.filter(invoice=theirs["draft"])[0].pk
    program = Program(make_key(tenant, members[Role.ADMIN]))
    price = {"amount": "1.00", "currency": "CNY"}
    line = {"description": "X", "unit_price": price, "tax_code": f"tax_{ours['tax']}"}
    customer = f"cus_{ours['customer']}"
    cases: list[tuple[str, str, dict[str, Any], str]] = [
        ("post", "customers/", {"name": "X", "terms": "trm term"}, "/terms"),
        ("post", "products/", {"code": "X", "name": "X", "unit_price": price,
                               "tax_code": "tax tax"}, "/tax_code"),
        ("post", "charges/", {"customer": "cus customer", "service_date": "2026-03-01",
                              "description": "X", "unit_price": price}, "/customer"),
        ("post", "charges/", {"customer": customer, "service_date": "2026-03-01",
                              "product": "prd product"}, "/product"),
        ("post", "charges/", {"customer": customer, "service_date": "2026-03-01",
                              "description": "X", "unit_price": price,
                              "tax_code": "tax tax"}, "/tax_code"),
        ("post", "invoices/", {"customer": "cus customer"}, "/customer"),
        ("post", "invoices/", {"customer": customer, "terms": "trm term"}, "/terms"),
        ("post", "invoices/", {"customer": customer, "lines": [
            line | {"product": "prd product"}]}, "/lines/0/product"),
        ("post", "invoices/", {"customer": customer, "lines": [
            line | {"tax_code": "tax tax"}]}, "/lines/0/tax_code"),
        ("post", "invoices/", {"customer": customer, "lines": [
            line, line | {"charge": "chg charge"}]}, "/lines/1/charge"),
        ("patch", f"invoices/inv_{ours['draft']}/", {"lines": [
            line | {"id": "lin draft_line"}]}, "/lines/0/id"),
        ("post", "jobs/", {"action": "submit", "invoices": [
            {"id": f"inv_{ours['draft']}"}, {"id": "inv draft"}]}, "/invoices/1/id"),
        ("post", "receipts/", {"customer": "cus customer", "received_on": "2026-03-01",
                               "amount": price}, "/customer"),
        ("post", "receipts/", {"customer": customer, "received_on": "2026-03-01",
                               "amount": price, "bank_account": "bnk bank"}, "/bank_account"),
        ("post", "receipts/", {"customer": customer, "received_on": "2026-03-01", "amount": price,
                               "allocations": [{"item": "itm item", "amount": price}]},
         "/allocations/0/item"),
        ("post", "allocations/", {"receipt": "rct receipt", "item": f"itm_{ours['item']}",
                                  "amount": price}, "/receipt"),
        ("post", "allocations/", {"receipt": f"rct_{ours['receipt']}", "item": "itm item",
                                  "amount": price}, "/item"),
    ]  # fmt: skip
    for method, path, body, pointer in cases:
        said = []
        for world in (theirs, None):
            text = re.sub(
                r'"([a-z]{3}) ([a-z_]+)"',
                lambda match, world=world: f'"{match[1]}_{world[match[2]] if world else MISSING}"',
                json.dumps(body),
            )
            answer = ask(program, method, path, text)
            assert answer.status_code == 422, (path, pointer, answer.content)
            assert [one["pointer"] for one in answer.json()["errors"]] == [pointer], answer.content
            assert SECRET not in answer.content.decode()
            said.append(answer.json() | {"request_id": ""})
        assert said[0] == said[1]
